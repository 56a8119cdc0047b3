/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walls of one command, from what its binding says: where it may write, what it may read,
 * and what it must not see.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/copy.h"
#include "core/scope.h"
#include "exec/runner_internal.h"

#define MIB         ((int64_t)1 << 20)
#define GIT_LINK    4096 /* bytes of a .git that is a file */
#define LOCKED_MOST 256  /* each is a mount; what is beyond is looked at behind the command */

/* Whether path is folder or lies in it. */
static bool lies_in(const char *path, const char *folder)
{
	const size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (n == 1 || path[n] == '\0' || path[n] == '/');
}

static const char *join(struct sg_arena *arena, const char *folder, const char *name)
{
	return sg_arena_printf(
		arena, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", name);
}

/* --- the repository --- */

/*
 * The folder of the work tree that the manifest lies in; without one, the manifest's own. A
 * work tree that holds the operator's home, or the whole disk, is kept for settings: it is
 * not shown.
 */
static const char *repository_of(struct sg_arena *arena, const char *folder)
{
	const char *home = getenv("HOME");
	char *real_home = home && *home ? realpath(home, NULL) : NULL;
	char *at = sg_arena_str(arena, folder);
	const char *found = folder;
	while (at && at[0] == '/' && at[1]) {
		const char *git = join(arena, at, ".git");
		struct stat st;
		if (real_home && lies_in(real_home, at))
			break;
		if (git && lstat(git, &st) == 0) {
			found = sg_arena_str(arena, at);
			break;
		}
		*strrchr(at, '/') = '\0';
	}
	free(real_home);
	return found;
}

/* One line of a small file; "" if it is none of git's. */
static const char *line_of(struct sg_arena *arena, const char *path, const char *prefix)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const size_t n = strlen(prefix);
	if (sg_fs_read(AT_FDCWD, path, GIT_LINK, &text, NULL) < 0 ||
		strncmp(text.bytes, prefix, n) != 0)
		return "";
	return sg_arena_strn(arena, text.bytes + n, strcspn(text.bytes + n, "\n"));
}

/*
 * Of a linked work tree, git keeps the rest elsewhere. It is believed only where that place
 * says the same of this one: a command that may write .git must not name others' folders
 * there.
 */
static void add_git_folders(
	struct sg_arena *arena, const char *repository, struct sg_strs_builder *read)
{
	const char *link = join(arena, repository, ".git");
	struct stat st;
	if (!link || lstat(link, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	const char *own = line_of(arena, link, "gitdir: ");
	if (!own || own[0] != '/')
		return;
	const char *back = line_of(arena, join(arena, own, "gitdir"), "");
	const char *common = line_of(arena, join(arena, own, "commondir"), "");
	char real[PATH_MAX];
	if (!back || !common || strcmp(back, link) != 0 || !*common)
		return;
	const char *at = common[0] == '/' ? common : join(arena, own, common);
	if (at && realpath(at, real) && lies_in(own, real))
		sg_strs_builder_add(read, sg_arena_str(arena, real));
}

/* --- read --- */

static enum sg_rc add_read(struct sg_arena *arena, const struct sg_binding *binding,
	const char *repository, struct sg_strs_builder *read, struct sg_err *why)
{
	for (size_t i = 0; i < binding->read.n; i++) {
		char real[PATH_MAX];
		if (!realpath(binding->read.v[i], real))
			return sg_err_set(why, SG_NOTFOUND,
				"cannot open '%s' for reading (read of %s): it is not there",
				binding->read.v[i], binding->key);
		if (strcmp(real, "/") == 0 || lies_in(real, "/proc") || lies_in(real, "/dev"))
			return sg_err_set(why, SG_INPUT,
				"cannot open '%s' for reading (read of %s): it leads to %s",
				binding->read.v[i], binding->key, real);
		/*
		 * what lies in the repository is there already, and closed where it has to be
		 */
		if (!lies_in(real, repository))
			sg_strs_builder_add(read, sg_arena_str(arena, real));
	}
	return SG_OK;
}

/* --- write --- */

/* The item without "./" in front and slashes behind; "." for the manifest's own folder. */
static const char *plain(struct sg_arena *arena, const char *item)
{
	while (strncmp(item, "./", 2) == 0)
		item += 2 + strspn(item + 2, "/");
	size_t n = strlen(item);
	while (n > 0 && item[n - 1] == '/')
		n--;
	return n ? sg_arena_strn(arena, item, n) : ".";
}

static bool is_folder_item(const char *item)
{
	return *item && item[strlen(item) - 1] == '/';
}

/* A folder, or a regular file, no link on the way; a folder that is written "x/" is made. */
static enum sg_rc open_write(
	int dir, const char *item, const char *path, int *ret_fd, struct sg_err *why)
{
	struct sg_err first = SG_ERR_INIT;
	enum sg_rc rc = sg_fs_open_dir_beneath(dir, path, ret_fd, &first);
	if (rc == SG_NOTFOUND && is_folder_item(item)) {
		rc = sg_fs_mkdirs(dir, path, 0777, why);
		return rc < 0 ? rc : sg_fs_open_dir_beneath(dir, path, ret_fd, why);
	}
	if (rc == SG_OK)
		return rc;
	return sg_fs_open_beneath(dir, path, ret_fd, why);
}

static enum sg_rc take_write(struct sg_rn *rn, const struct sg_binding *binding,
	const char *item, const struct sg_sandbox *box, struct sg_sandbox_path *ret,
	struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_err why = SG_ERR_INIT;
	struct stat st;
	const char *path = plain(rn->arena, item);
	if (!path)
		return sg_rn_nomem(err);
	const char *whole =
		strcmp(path, ".") == 0 ? box->folder : join(rn->arena, box->folder, path);
	if (!whole)
		return sg_rn_nomem(err);
	const struct sg_strs *const closed[] = {&box->hidden, &box->locked};
	for (size_t k = 0; k < SG_ARRAY_SIZE(closed); k++)
		for (size_t i = 0; i < closed[k]->n; i++)
			if (lies_in(whole, closed[k]->v[i]))
				return sg_err_set(err, SG_INPUT,
					"cannot open '%s' for writing (write of %s): it is "
					"closed to every command",
					item, binding->key);
	const enum sg_rc rc = open_write(rn->dir, item, path, &fd, &why);
	if (rc == SG_NOTFOUND)
		return sg_err_set(err, rc,
			"cannot open '%s' for writing (write of %s): it is not there; name "
			"its folder, or end it in / to have the folder made",
			item, binding->key);
	if (rc < 0 || fstat(fd, &st) < 0)
		return sg_err_set(err, rc < 0 ? rc : SG_STORAGE,
			"cannot open '%s' for writing (write of %s): %s", item, binding->key,
			why.text);
	*ret = (struct sg_sandbox_path){whole, st.st_dev, st.st_ino};
	return SG_OK;
}

static enum sg_rc take_writes(struct sg_rn *rn, const struct sg_binding *binding,
	struct sg_sandbox *box, struct sg_err *err)
{
	struct sg_sandbox_path *v = sg_arena_array(rn->arena, binding->write.n + 1, sizeof(*v));
	enum sg_rc rc = v ? SG_OK : sg_rn_nomem(err);
	for (size_t i = 0; i < binding->write.n && rc == SG_OK; i++)
		rc = take_write(rn, binding, binding->write.v[i], box, &v[i], err);
	box->write = v;
	box->n_write = binding->write.n;
	return rc;
}

/* --- what stays as it is --- */

/* The highest part of path that NO_GO_LIST names. */
static const char *highest(
	struct sg_arena *arena, const struct sg_strs *no_go, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *above = sg_arena_strn(arena, path, (size_t)(slash - path));
		if (above && sg_scope_forbids(no_go, above))
			return above;
	}
	return path;
}

static void lock(struct sg_rn *rn, const struct sg_watch *watch,
	const struct sg_binding *binding, struct sg_sandbox *box)
{
	struct sg_strs_builder locked;
	sg_strs_builder_init(&locked, rn->arena);
	sg_strs_builder_add(
		&locked, join(rn->arena, box->folder, sg_session_manifest_name(rn->session)));
	for (size_t i = 0; i < watch->scan.n && locked.n < LOCKED_MOST; i++) {
		const char *path = watch->scan.v[i].path;
		if (sg_scope_covers(&binding->write, path) &&
			sg_scope_forbids(&watch->no_go, path))
			sg_strs_builder_add_once(
				&locked, join(rn->arena, box->folder,
						 highest(rn->arena, &watch->no_go, path)));
	}
	box->locked = sg_strs_builder_list(&locked);
}

/* --- all of it --- */

static void hide(struct sg_rn *rn, struct sg_sandbox *box)
{
	struct sg_strs_builder hidden;
	sg_strs_builder_init(&hidden, rn->arena);
	sg_strs_builder_add(&hidden, join(rn->arena, box->folder, ".stepgate"));
	box->hidden = sg_strs_builder_list(&hidden);
}

static void take_limits(const struct sg_binding *binding, struct sg_sandbox *box)
{
	box->network = binding->network;
	box->max_output_bytes = binding->max_output_mib * MIB;
	box->max_processes = binding->max_processes;
	box->max_files = binding->max_files;
}

enum sg_rc sg_rn_box(struct sg_rn *rn, const struct sg_watch *watch, struct sg_command *c,
	const char *manifest_path, struct sg_err *why)
{
	char real[PATH_MAX], missing[SG_WALLS_TEXT_SIZE];
	struct sg_sandbox *box = &c->box;
	struct sg_strs_builder read;
	c->boxed = rn->profile && rn->profile->sandbox != SG_TIER_NONE;
	if (!c->boxed)
		return SG_OK;
	enum sg_rc rc = sg_sandbox_probe(&c->walls, why);
	if (rc < 0)
		return rc;
	if (!realpath(rn->dir_path, real) || strcmp(real, "/") == 0)
		return sg_err_set(why, SG_INPUT,
			"cannot build the sandbox: the manifest's folder has no path that "
			"could be shown");
	sg_strs_builder_init(&read, rn->arena);
	box->walls = &c->walls;
	box->folder = sg_arena_str(rn->arena, real);
	box->repository = box->folder ? repository_of(rn->arena, box->folder) : NULL;
	if (!box->repository)
		return sg_rn_nomem(why);
	hide(rn, box);
	lock(rn, watch, c->binding, box);
	take_limits(c->binding, box);
	box->scratch = c->scratch.root;
	box->in = c->scratch.in;
	box->out = c->scratch.out;
	box->tmp = c->scratch.tmp;
	box->home = c->scratch.home;
	box->manifest = manifest_path;
	box->over = c->over;
	box->n_over = c->n_over;
	add_git_folders(rn->arena, box->repository, &read);
	rc = add_read(rn->arena, c->binding, box->repository, &read, why);
	box->read = sg_strs_builder_list(&read);
	if (rc == SG_OK)
		rc = take_writes(rn, c->binding, box, why);
	if (rc == SG_OK && sg_arena_failed(rn->arena))
		rc = sg_rn_nomem(why);
	c->exec.tier = sg_sandbox_tier(&c->walls);
	c->exec.walls = sg_copy_str(rn->arena, sg_sandbox_missing(&c->walls, missing));
	return rc;
}
