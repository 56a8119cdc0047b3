/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree object of the manifest's folder, by plain git commands with an index of their own and
 * an object folder of their own; the repository is only read.
 *
 * The repository's configuration may be anybody's: what could start a program (hooks,
 * fsmonitor, filters, external diffs, lazy fetches) or hide a change (excludes from elsewhere,
 * ignored errors, a split index, replaced objects) is switched off in the environment of each
 * call.
 */
#include "store/patch_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "store/changelog.h"

#define OBJECT_FOLDER ".stepgate/objects"
#define INDEX_PREFIX  ".stepgate/index."
#define FOLDER_MODE   ((mode_t)0755)
#define FIXED_MAX     32

struct git {
	const struct sg_tree_where *where;
	struct sg_arena *arena;
	struct sg_strs_builder env; /* "NAME=value" */
	const char *index;          /* beneath the manifest's folder; "" : none made */
	const char *prefix;         /* of the folder in the work tree: "" or "a/b/" */
	bool born;                  /* HEAD names a commit */
};

static const char *const settings[][2] = {
	{"core.fsmonitor", "false"},
	{"core.untrackedCache", "false"},
	{"core.splitIndex", "false"},
	{"index.sparse", "false"},
	{"core.sparseCheckout", "false"},
	{"core.hooksPath", "/dev/null"},
	{"core.excludesFile", "/dev/null"},
	{"core.attributesFile", "/dev/null"},
	{"core.autocrlf", "false"},
	{"core.safecrlf", "false"},
	{"core.quotePath", "false"},
	{"core.fsync", "loose-object"},
	{"core.fsyncMethod", "batch"},
	{"add.ignoreErrors", "false"},
	{"add.ignore-errors", "false"},
	{"advice.addEmbeddedRepo", "false"},
};

static const char *const fixed_env[] = {
	"LC_ALL=C",
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_ATTR_NOSYSTEM=1",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_NO_REPLACE_OBJECTS=1",
	"GIT_ALLOW_PROTOCOL=none",
};

static void add_env(struct git *g, const char *text)
{
	if (text)
		sg_strs_builder_add(&g->env, text);
}

static void git_init(struct git *g, const struct sg_tree_where *where, struct sg_arena *arena)
{
	*g = (struct git){.where = where, .arena = arena, .index = "", .prefix = ""};
	sg_strs_builder_init(&g->env, arena);
	for (size_t i = 0; i < SG_ARRAY_SIZE(fixed_env); i++)
		add_env(g, fixed_env[i]);
}

/* Runs git with args (NULL-terminated). The exit status, or -1 with err. */
static int run(
	const struct git *g, const char *const *args, struct sg_strbuf *out, struct sg_err *err)
{
	const char *argv[FIXED_MAX] = {"git"};
	size_t n = 1;
	const struct sg_command_runner *runner = g->where->runner;
	const struct sg_strs env = sg_strs_builder_list(&g->env);
	const char **envp = sg_arena_array(g->arena, env.n + 1, sizeof(*envp));

	for (; args[n - 1] && n < FIXED_MAX - 1; n++)
		argv[n] = args[n - 1];
	if (!runner || !envp || sg_arena_failed(g->arena)) {
		sg_err_set(err, runner ? SG_NOMEM : SG_STORAGE, "cannot run git: %s",
			runner ? "out of memory" : "nothing to run it with");
		return -1;
	}
	for (size_t i = 0; i < env.n; i++)
		envp[i] = env.v[i];
	return runner->run(runner->ctx, g->where->dir_path, argv, envp, out, err);
}

/* The error of a command that could not be run at all; never SG_OK, whatever the runner set. */
static enum sg_rc not_run(const struct sg_err *why, struct sg_err *err)
{
	return sg_err_set(
		err, why->rc < 0 ? why->rc : SG_STORAGE, "cannot run git: %s", why->text);
}

/* The same where only exit status 0 will do. */
static enum sg_rc must_run(
	const struct git *g, const char *const *args, struct sg_strbuf *out, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	const int status = run(g, args, out, &why);

	if (status == 0 && !sg_strbuf_failed(out))
		return SG_OK;
	if (status == 0)
		return sg_err_set(err, SG_NOMEM, "cannot run git %s: out of memory", args[0]);
	if (status > 0)
		return sg_err_set(err, SG_STORAGE,
			"cannot look at the tree: git %s ended with exit status %d%s%s",
			args[0], status, why.text[0] != '\0' ? ": " : "", why.text);
	return not_run(&why, err);
}

/* What a command printed, without its last newline (a path may hold others), in arena. */
static enum sg_rc one_line(
	const struct git *g, const char *const *args, const char **ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	const enum sg_rc rc = must_run(g, args, &out, err);

	if (rc < 0)
		return rc;
	if (out.n_bytes > 0 && out.bytes[out.n_bytes - 1] == '\n')
		sg_strbuf_truncate(&out, out.n_bytes - 1);
	const char *text = sg_arena_strn(g->arena, out.bytes, out.n_bytes);
	if (!text)
		return sg_err_set(err, SG_NOMEM, "cannot run git: out of memory");
	*ret = text;
	return SG_OK;
}

bool sg_patch_is_git(const struct sg_tree_where *where, struct sg_arena *arena)
{
	const char *const inside[] = {"rev-parse", "--is-inside-work-tree", NULL};
	const char *const ignored[] = {"check-ignore", "-q", "--no-index", "--", ".", NULL};
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err none = SG_ERR_INIT;
	struct git g;

	git_init(&g, where, arena);
	if (run(&g, inside, &out, &none) != 0 || strcmp(out.bytes, "true\n") != 0)
		return false;
	/* 1: not ignored; 0: ignored; 128: it does not know */
	sg_strbuf_clear(&out);
	return run(&g, ignored, &out, &none) == 1;
}

/*
 * A ':' separates paths in GIT_ALTERNATE_OBJECT_DIRECTORIES; one that begins with '"' is read
 * with C's escapes, so this form can say any path.
 */
static const char *quoted_path(struct sg_arena *arena, const char *path)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;

	sg_strbuf_addc(&out, '"');
	for (const char *p = path; *p != '\0'; p++) {
		const unsigned char c = (unsigned char)*p;
		if (c == '"' || c == '\\' || c < 0x20)
			sg_strbuf_addf(&out, "\\%03o", (unsigned)c);
		else
			sg_strbuf_addc(&out, *p);
	}
	sg_strbuf_addc(&out, '"');
	return sg_strbuf_failed(&out) ? NULL : sg_arena_str(arena, out.bytes);
}

static void add_setting(struct git *g, size_t i, const char *key, const char *value)
{
	add_env(g, sg_arena_printf(g->arena, "GIT_CONFIG_KEY_%zu=%s", i, key));
	add_env(g, sg_arena_printf(g->arena, "GIT_CONFIG_VALUE_%zu=%s", i, value));
}

/*
 * Settings by environment variables, which take any key. A filter that the repository
 * configures would be run by `git add`; an empty command is none, and then it may not be
 * required.
 */
static enum sg_rc add_settings(struct git *g, struct sg_err *err)
{
	const char *const list[] = {
		"config", "-z", "--name-only", "--get-regexp", "^filter[.]", NULL};
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf names = SG_STRBUF_INIT;
	struct sg_err why = SG_ERR_INIT;
	size_t n = 0;

	/* exit status 1: there is none */
	if (run(g, list, &names, &why) < 0)
		return not_run(&why, err);
	for (; n < SG_ARRAY_SIZE(settings); n++)
		add_setting(g, n, settings[n][0], settings[n][1]);
	for (size_t at = 0; at < names.n_bytes; at += strlen(names.bytes + at) + 1) {
		const char *name = names.bytes + at;
		const char *dot = strrchr(name, '.');
		const bool required = dot && strcmp(dot, ".required") == 0;
		add_setting(g, n++, name, required ? "false" : "");
	}
	add_env(g, sg_arena_printf(g->arena, "GIT_CONFIG_COUNT=%zu", n));
	return SG_OK;
}

static enum sg_rc make_index_name(struct git *g, struct sg_err *err)
{
	uint64_t number = 0;
	const enum sg_rc rc = sg_random(&number, sizeof(number), err);

	if (rc < 0)
		return rc;
	g->index =
		sg_arena_printf(g->arena, INDEX_PREFIX "%016llx", (unsigned long long)number);
	return SG_OK;
}

/*
 * Whether git will use our index: it asks git itself, for if the variable got lost on the way,
 * what follows would rewrite the user's. The same process tells whether there is a commit.
 */
static enum sg_rc check_index(struct git *g, const char *real, struct sg_err *err)
{
	const char *const ask[] = {
		"rev-parse", "--git-path", "index", "-q", "--verify", "HEAD", NULL};
	const char *expected = sg_arena_printf(g->arena, "%s/%s\n", real, g->index);
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err why = SG_ERR_INIT;
	/* exit status 1: no commit yet */
	const int status = run(g, ask, &out, &why);

	if (status < 0 || sg_strbuf_failed(&out))
		return not_run(&why, err);
	g->born = status == 0;
	if (expected && strncmp(out.bytes, expected, strlen(expected)) == 0)
		return SG_OK;
	return sg_err_set(err, SG_STORAGE, "cannot run git: it would use the index '%.*s'",
		(int)strcspn(out.bytes, "\n"), out.bytes);
}

/*
 * Two answers of one process; of two where a name holds a newline, and they cannot be told
 * apart.
 */
static enum sg_rc ask_where(struct git *g, const char **ret_objects, struct sg_err *err)
{
	const char *const both[] = {"rev-parse", "--show-prefix", "--path-format=absolute",
		"--git-path", "objects", NULL};
	const char *const prefix[] = {"rev-parse", "--show-prefix", NULL};
	const char *const objects[] = {
		"rev-parse", "--path-format=absolute", "--git-path", "objects", NULL};
	const char *said = "";
	enum sg_rc rc = one_line(g, both, &said, err);

	if (rc < 0)
		return rc;
	const char *end = strchr(said, '\n');
	if (end && !strchr(end + 1, '\n')) {
		g->prefix = sg_arena_strn(g->arena, said, (size_t)(end - said));
		*ret_objects = end + 1;
		return SG_OK;
	}
	rc = one_line(g, prefix, &g->prefix, err);
	return rc < 0 ? rc : one_line(g, objects, ret_objects, err);
}

/* Where objects go, where they are found, and settings. */
static enum sg_rc prepare(struct git *g, struct sg_err *err)
{
	const char *objects = "";
	char real[PATH_MAX];

	if (!realpath(g->where->dir_path, real))
		return sg_err_set(
			err, SG_STORAGE, "cannot find the folder '%s'", g->where->dir_path);
	enum sg_rc rc = ask_where(g, &objects, err);
	if (rc == SG_OK)
		rc = sg_fs_mkdirs(g->where->dir, OBJECT_FOLDER, FOLDER_MODE, err);
	if (rc == SG_OK)
		rc = make_index_name(g, err);
	if (rc < 0)
		return rc;
	const char *quoted = quoted_path(g->arena, objects);
	if (!quoted || !g->index || !g->prefix)
		return sg_err_set(err, SG_NOMEM, "cannot run git: out of memory");
	add_env(g, sg_arena_printf(g->arena, "GIT_INDEX_FILE=%s/%s", real, g->index));
	add_env(g, sg_arena_printf(g->arena, "GIT_OBJECT_DIRECTORY=%s/" OBJECT_FOLDER, real));
	add_env(g, sg_arena_printf(g->arena, "GIT_ALTERNATE_OBJECT_DIRECTORIES=%s", quoted));
	rc = add_settings(g, err);
	return rc < 0 ? rc : check_index(g, real, err);
}

static void drop_index(struct git *g)
{
	if (g->index[0] == '\0')
		return;
	const char *lock = sg_arena_printf(g->arena, "%s.lock", g->index);
	sg_fs_unlink(g->where->dir, g->index, NULL);
	if (lock)
		sg_fs_unlink(g->where->dir, lock, NULL);
}

/*
 * The index of the folder as it is: first what HEAD has, so that a file that is tracked and
 * ignored counts; then all that is there.
 */
static enum sg_rc fill_index(const struct git *g, struct sg_err *err)
{
	const char *const seed[] = {"read-tree", "HEAD", NULL};
	const char *const add[] = {"add", "-A", "--", ".",
		(":(exclude,literal)" SG_PATCH_OWN_FOLDER),
		(":(exclude,literal)" SG_CHANGELOG_FILE),
		sg_arena_printf(g->arena, ":(exclude,literal)%s", g->where->manifest_name),
		NULL};
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	/* the name alone was asked for: a commit that is named and missing fails here */
	const enum sg_rc rc = g->born ? must_run(g, seed, &out, err) : SG_OK;

	return rc < 0 ? rc : must_run(g, add, &out, err);
}

static bool is_ours(const struct git *g, const char *path)
{
	const size_t n = strlen(SG_PATCH_OWN_FOLDER);

	return strcmp(path, SG_CHANGELOG_FILE) == 0 ||
	       strcmp(path, g->where->manifest_name) == 0 ||
	       (strncmp(path, SG_PATCH_OWN_FOLDER, n) == 0 &&
		       (path[n] == '\0' || path[n] == '/'));
}

/* Takes what is ours out of the index; *ret_any: whether anything else is in it. */
static enum sg_rc drop_ours(const struct git *g, bool *ret_any, struct sg_err *err)
{
	const char *const files[] = {"ls-files", "-z", "--cached", "--", ".", NULL};
	const char *const drop[] = {"rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch",
		"--", (":(literal)" SG_PATCH_OWN_FOLDER), (":(literal)" SG_CHANGELOG_FILE),
		sg_arena_printf(g->arena, ":(literal)%s", g->where->manifest_name), NULL};
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	const enum sg_rc rc = must_run(g, files, &out, err);
	bool ours = false;

	*ret_any = false;
	for (size_t at = 0; rc == SG_OK && at < out.n_bytes; at += strlen(out.bytes + at) + 1) {
		const bool is = is_ours(g, out.bytes + at);
		ours = ours || is;
		*ret_any = *ret_any || !is;
	}
	sg_strbuf_clear(&out);
	return ours ? must_run(g, drop, &out, err) : rc;
}

/* The folder's part of the index as a tree object; one without files has git's empty tree. */
static enum sg_rc write_tree(const struct git *g, const char **ret_tree, struct sg_err *err)
{
	const char *prefix = sg_arena_printf(g->arena, "--prefix=%s", g->prefix);
	const char *const whole[] = {"write-tree", NULL};
	const char *const part[] = {"write-tree", prefix, NULL};
	const char *const empty[] = {"hash-object", "-t", "tree", "-w", "/dev/null", NULL};
	bool any = false;
	const enum sg_rc rc = drop_ours(g, &any, err);

	if (rc < 0)
		return rc;
	if (g->prefix[0] == '\0')
		return one_line(g, whole, ret_tree, err);
	return one_line(g, any ? part : empty, ret_tree, err);
}

/*
 * git says on stderr which file it could not read; so the tree is looked at once more, by us.
 */
static enum sg_rc name_culprit(
	const struct sg_tree_where *where, const struct sg_err *why, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_tree tree;
	struct sg_err found = SG_ERR_INIT;
	struct sg_tree_where whole = *where;

	whole.active_folder = "";
	const enum sg_rc rc = sg_tree_walk(&whole, -1, &arena, &tree, &found);

	sg_arena_release(&arena);
	if (rc < 0 && rc != SG_LIMIT)
		return sg_err_set(err, rc, "%s (%s)", why->text, found.text);
	return sg_err_set(err, why->rc, "%s", why->text);
}

enum sg_rc sg_patch_git_tree(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_tree, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	struct git g;

	git_init(&g, where, arena);
	enum sg_rc rc = prepare(&g, &why);
	if (rc < 0)
		return sg_err_set(err, rc, "%s", why.text);
	rc = fill_index(&g, &why);
	if (rc == SG_OK)
		rc = write_tree(&g, ret_tree, &why);
	drop_index(&g);
	return rc < 0 ? name_culprit(where, &why, err) : SG_OK;
}

enum sg_rc sg_patch_git_diff(const struct sg_tree_where *where, const char *base,
	const char *tree, struct sg_arena *arena, struct sg_strs *ret_files,
	struct sg_strbuf *ret_diff, struct sg_err *err)
{
	const char *const names[] = {"diff-tree", "-r", "-z", "--name-only", "--no-renames",
		"--no-relative", base, tree, NULL};
	const char *const text[] = {"diff-tree", "-r", "-p", "--no-renames", "--no-relative",
		"--no-ext-diff", "--no-textconv", "--no-color", "--diff-algorithm=myers", "-U3",
		"--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", base, tree, NULL};
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_strs_builder files;
	struct git g;

	if (base[strspn(base, "0123456789abcdef")] != '\0')
		return sg_err_set(err, SG_INPUT, "cannot compare the tree with '%s'", base);
	git_init(&g, where, arena);
	sg_strs_builder_init(&files, arena);
	enum sg_rc rc = prepare(&g, err);
	if (rc == SG_OK)
		rc = must_run(&g, names, &out, err);
	if (rc == SG_OK)
		rc = must_run(&g, text, ret_diff, err);
	if (rc < 0)
		return rc;
	for (size_t at = 0; at < out.n_bytes; at += strlen(out.bytes + at) + 1) {
		const char *path = sg_arena_str(arena, out.bytes + at);
		if (path)
			sg_strs_builder_add(&files, path);
	}
	*ret_files = sg_strs_builder_list(&files);
	return sg_arena_failed(arena)
		       ? sg_err_set(err, SG_NOMEM, "cannot compare the tree: out of memory")
		       : SG_OK;
}
