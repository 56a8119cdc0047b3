/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a binding asks of the walls, and what it may not ask for. */
#include "format/binding.h"

#include <string.h>

#define MOST_MIB       ((int64_t)1 << 20) /* 1 TiB */
#define MOST_PROCESSES ((int64_t)1 << 20)
#define MOST_FILES     ((int64_t)1 << 20)

/* A '*' at the end stands for any rest. */
static const char *const refused_env[] = {"LD_*", "DYLD_*", "GLIBC_TUNABLES", "GCONV_PATH",
	"LOCPATH", "NLSPATH", "MALLOC_*", "BASH_ENV", "BASH_FUNC_*", "ENV", "SHELLOPTS",
	"BASHOPTS", "PS4", "PROMPT_COMMAND", "IFS", "CDPATH", "GLOBIGNORE", "ZDOTDIR",
	"PYTHON*", "PERL*", "RUBY*", "NODE_*", "GEM_*", "LUA_*", "JAVA_TOOL_OPTIONS",
	"_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "GIT_*", "SSH_*", "GPG_AGENT_INFO",
	"GNUPGHOME", "TMUX*", "STY", "WINDOW", "INPUTRC", "HISTFILE", "DISPLAY", "WAYLAND_*",
	"XAUTHORITY", "DBUS_*", "XDG_*", "SESSION_MANAGER", "NOTIFY_SOCKET", "LISTEN_*",
	"MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "AWKPATH", "AWKLIBPATH",
	"GCC_EXEC_PREFIX", "COMPILER_PATH", "PATH", "HOME", "TMPDIR", "PWD", "OLDPWD",
	"STEPGATE_*"};

bool sg_env_may_pass(const char *name)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(refused_env); i++) {
		const char *pattern = refused_env[i];
		const size_t n = strlen(pattern);
		if (pattern[n - 1] == '*' ? strncmp(name, pattern, n - 1) == 0
					  : strcmp(name, pattern) == 0)
			return false;
	}
	return true;
}

static bool is_name(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	if (!*name || !strchr(first, name[0]))
		return false;
	for (const char *p = name; *p; p++)
		if (!strchr(first, *p) && !(*p >= '0' && *p <= '9'))
			return false;
	return true;
}

/* Whether one of the parts of a path is "..". */
static bool climbs(const char *path)
{
	for (const char *at = path; *at;) {
		const size_t n = strcspn(at, "/");
		if (n == 2 && at[0] == '.' && at[1] == '.')
			return true;
		at += n + (at[n] == '/');
	}
	return false;
}

static bool begins(const char *path, const char *folder)
{
	const size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool may_be_read(const char *path)
{
	return path[0] == '/' && path[strspn(path, "/.")] != '\0' && path[1] != '/' &&
	       !climbs(path) && !begins(path, "/proc") && !begins(path, "/dev");
}

static bool may_be_written(const char *path)
{
	return path[0] != '\0' && path[0] != '/' && !climbs(path);
}

/* The node of the first text that is not fine; NULL: all are. */
static const struct sg_node *first_bad(const struct sg_node *map, const char *key,
	const struct sg_strs *list, bool (*is_fine)(const char *text))
{
	const struct sg_node *node = sg_node_get(map, key);
	for (size_t i = 0; i < list->n; i++)
		if (!is_fine(list->v[i]))
			return &node->items[i];
	return NULL;
}

static enum sg_rc check_lists(
	const struct sg_token *t, const struct sg_node *map, const struct sg_binding *b)
{
	const struct sg_node *bad = first_bad(map, "write", &b->write, may_be_written);
	if (bad)
		return sg_token_wrong(t, "write", bad, "a path beneath the manifest's folder");
	bad = first_bad(map, "read", &b->read, may_be_read);
	if (bad)
		return sg_token_wrong(
			t, "read", bad, "an absolute path, not the root nor in /proc or /dev");
	bad = first_bad(map, "env", &b->env, is_name);
	if (bad)
		return sg_token_wrong(t, "env", bad, "the name of a variable");
	bad = first_bad(map, "env", &b->env, sg_env_may_pass);
	if (bad)
		return sg_token_wrong(t, "env", bad,
			"a name that leads neither to other code nor to the operator's own "
			"programs");
	return SG_OK;
}

enum sg_rc sg_binding_walls(
	const struct sg_token *t, const struct sg_node *map, struct sg_binding *ret)
{
	const struct {
		const char *key;
		int64_t most;
		int64_t *value;
	} limits[] = {{"max_log_mib", MOST_MIB, &ret->max_log_mib},
		{"max_output_mib", MOST_MIB, &ret->max_output_mib},
		{"max_processes", MOST_PROCESSES, &ret->max_processes},
		{"max_files", MOST_FILES, &ret->max_files}};
	enum sg_rc rc = sg_token_strs(t, map, "read", &ret->read);
	if (rc == SG_OK)
		rc = sg_token_strs(t, map, "env", &ret->env);
	if (rc == SG_OK)
		rc = check_lists(t, map, ret);
	for (size_t i = 0; i < SG_ARRAY_SIZE(limits) && rc == SG_OK; i++) {
		const struct sg_node *node = sg_node_get(map, limits[i].key);
		rc = sg_token_count(t, map, limits[i].key, limits[i].most, limits[i].value);
		if (rc == SG_OK && node && *limits[i].value == 0)
			rc = sg_token_wrong(
				t, limits[i].key, node, "a whole number greater than 0");
	}
	return rc;
}
