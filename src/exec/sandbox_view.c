/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command sees, said as mounts to the helper (or to bubblewrap, where only that may make
 * namespaces), and to the helper as Landlock's rules.
 *
 * Each mount costs more than a rule, by bubblewrap about a fifth of a millisecond: so /etc and
 * the scratch tree are mounted whole and bounded by rules, and where there are no rules, masks
 * cover what only root could read in /etc.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/sandbox_internal.h"

#define TMP_BYTES "268435456" /* of the private /tmp, which is memory */
#define NOTHING   "4096"      /* the least that can be asked for */

static const char *const system_folders[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

/* /dev/random is a link to the last: since Linux 5.6 they are the same once seeded. */
static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"};

/* What loaders, compilers, interpreters, certificates and name look-ups read. */
static const char *const etc[] = {"alternatives", "bash.bashrc", "ca-certificates",
	"ca-certificates.conf", "crypto-policies", "debian_version", "dictionaries-common",
	"environment", "fonts", "gai.conf", "gitconfig", "gitattributes", "gnutls", "groff",
	"group", "host.conf", "hostname", "hosts", "ImageMagick-6", "ImageMagick-7",
	"java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "ld.so.cache", "ld.so.conf",
	"ld.so.conf.d", "libnl-3", "libpaper.d", "locale.alias", "locale.conf", "locale.gen",
	"localtime", "lsb-release", "lynx", "magic", "magic.mime", "mailcap", "manpath.config",
	"mime.types", "networks", "nsswitch.conf", "os-release", "pango", "papersize",
	"paperspecs", "passwd", "perl", "php", "pki/tls/certs", "profile", "profile.d",
	"protocols", "python2.7", "python3", "python3.9", "python3.10", "python3.11",
	"python3.12", "python3.13", "R", "resolv.conf", "rpc", "ruby", "services", "sgml",
	"shells", "ssl/certs", "ssl/openssl.cnf", "terminfo", "texmf", "timezone", "ucf.conf",
	"vim", "wgetrc", "xattr.conf", "xdg", "xml"};

/* For root alone to read, and so for a command of root's where Landlock is not there. */
static const char *const etc_secret[] = {"/etc/shadow", "/etc/shadow-", "/etc/gshadow",
	"/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh", "/etc/ssl/private",
	"/etc/NetworkManager", "/etc/wireguard", "/etc/openvpn", "/etc/ppp", "/etc/krb5.keytab",
	"/etc/security"};

/* How a path is bound: to be read, to be changed, as a device. */
enum bind { SHOWN, OPEN, DEVICE };

struct view {
	struct sg_arena *arena;
	const struct sg_sandbox *s;
	struct sg_strs_builder mounts; /* bubblewrap's */
	struct sg_strs_builder rules;  /* the helper's */
	bool ns, by_bwrap;
};

static void mounts(struct view *v, const char *what, const char *a, const char *b)
{
	sg_strs_builder_add(&v->mounts, what);
	sg_strs_builder_add(&v->mounts, a);
	if (b)
		sg_strs_builder_add(&v->mounts, b);
}

static void rule(struct view *v, const char *key, const char *path)
{
	sg_strs_builder_add(&v->rules, sg_arena_printf(v->arena, "%s=%s", key, path));
}

/* A word of the helper with two paths: the length of the first stands before them. */
static void pair(struct view *v, const char *key, const char *a, const char *b)
{
	/* NULL: out of memory, which the arena tells in the end */
	if (a && b)
		sg_strs_builder_add(&v->rules,
			sg_arena_printf(v->arena, "%s=%zu:%s%s", key, strlen(a), a, b));
}

static const struct {
	const char *key, *bwrap;
} binds[] = {[SHOWN] = {"ro", "--ro-bind"},
	[OPEN] = {"rw", "--bind"},
	[DEVICE] = {"dev", "--dev-bind"}};

static void bind(struct view *v, enum bind how, const char *from, const char *at)
{
	if (v->by_bwrap)
		mounts(v, binds[how].bwrap, from, at);
	else
		pair(v, binds[how].key, from, at);
}

static void link_to(struct view *v, const char *target, const char *at)
{
	if (v->by_bwrap)
		mounts(v, "--symlink", target, at);
	else
		pair(v, "link", target, at);
}

static void empty_folder(struct view *v, const char *path, const char *mode, const char *size)
{
	if (!v->by_bwrap) {
		pair(v, "tmpfs", sg_arena_printf(v->arena, "mode=%s,size=%s", mode, size),
			path);
		return;
	}
	mounts(v, "--perms", mode, NULL);
	mounts(v, "--size", size, NULL);
	mounts(v, "--tmpfs", path, NULL);
}

static bool has(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static bool is_folder(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether path is folder or lies in it. */
static bool lies_in(const char *path, const char *folder)
{
	const size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool any_lies_in(const struct sg_strs *list, const char *folder)
{
	for (size_t i = 0; i < list->n; i++)
		if (lies_in(list->v[i], folder))
			return true;
	return false;
}

/* --- rules --- */

/*
 * Landlock's rules hold for all that lies beneath. Without mounts to cover what must not be
 * seen or changed, a folder that holds such a thing is opened entry by entry, as it is now.
 */
static void allow(struct view *v, const char *key, const char *path, const struct sg_strs *but)
{
	const bool whole = v->ns || !any_lies_in(but, path);
	if (whole) {
		rule(v, key, path);
		return;
	}
	DIR *folder = sg_strs_has(but, path) ? NULL : opendir(path);
	if (!folder)
		return;
	rule(v, "l", path);
	for (struct dirent *e; (e = readdir(folder));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			const char *below = sg_arena_printf(v->arena, "%s/%s", path, e->d_name);
			if (below)
				allow(v, key, below, but);
		}
	(void)closedir(folder);
}

static struct sg_strs joined(struct view *v, const struct sg_strs *a, const struct sg_strs *b)
{
	struct sg_strs_builder all;
	sg_strs_builder_init(&all, v->arena);
	for (size_t i = 0; i < a->n; i++)
		sg_strs_builder_add(&all, a->v[i]);
	for (size_t i = 0; i < b->n; i++)
		sg_strs_builder_add(&all, b->v[i]);
	return sg_strs_builder_list(&all);
}

static void system_rules(struct view *v)
{
	static bool looked, there[SG_ARRAY_SIZE(etc)];
	for (size_t i = 0; i < SG_ARRAY_SIZE(system_folders); i++)
		if (is_folder(system_folders[i]))
			rule(v, "r", system_folders[i]);
	for (size_t i = 0; i < SG_ARRAY_SIZE(etc); i++) {
		const char *path = sg_arena_printf(v->arena, "/etc/%s", etc[i]);
		if (!looked)
			there[i] = path && has(path);
		if (there[i])
			rule(v, "r", path);
	}
	looked = true;
	for (size_t i = 0; i < SG_ARRAY_SIZE(devices); i++)
		rule(v, "d", devices[i]);
	rule(v, "l", "/etc");
	rule(v, "r", "/proc");
	if (v->ns) {
		rule(v, "l", "/");
		rule(v, "w", "/tmp");
	}
}

/* --- one thing of the view, in both ways --- */

static void show(struct view *v, const char *path)
{
	if (v->ns)
		bind(v, SHOWN, path, path);
	rule(v, "r", path);
}

static void system_mounts(struct view *v)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(system_folders); i++) {
		char to[256];
		const char *path = system_folders[i];
		const ssize_t n = readlink(path, to, sizeof(to) - 1);
		if (n > 0) {
			to[n] = '\0';
			link_to(v, sg_arena_str(v->arena, to), path);
		} else if (is_folder(path)) {
			bind(v, SHOWN, path, path);
		}
	}
	bind(v, SHOWN, "/etc", "/etc");
	for (size_t i = 0; geteuid() == 0 && !v->s->walls->up[SG_WALL_LANDLOCK] &&
			   i < SG_ARRAY_SIZE(etc_secret);
		i++) {
		if (is_folder(etc_secret[i]))
			empty_folder(v, etc_secret[i], "0500", NOTHING);
		else if (has(etc_secret[i]))
			bind(v, SHOWN, "/dev/null", etc_secret[i]);
	}
	if (v->by_bwrap)
		mounts(v, "--proc", "/proc", NULL);
	else
		rule(v, "proc", "/proc");
	for (size_t i = 0; i < SG_ARRAY_SIZE(devices); i++)
		bind(v, DEVICE, devices[i], devices[i]);
	link_to(v, "urandom", "/dev/random");
	link_to(v, "/proc/self/fd", "/dev/fd");
	link_to(v, "/proc/self/fd/0", "/dev/stdin");
	link_to(v, "/proc/self/fd/1", "/dev/stdout");
	link_to(v, "/proc/self/fd/2", "/dev/stderr");
	/* a run may live there itself: then what is shown of it makes the folder */
	if (!(v->s->repository && lies_in(v->s->repository, "/dev/shm")) &&
		!(v->s->out && lies_in(v->s->out, "/dev/shm")))
		link_to(v, "/tmp", "/dev/shm");
	empty_folder(v, "/tmp", "1777", TMP_BYTES);
}

/* Where names are looked up may be told by a file outside of /etc. */
static void show_resolver(struct view *v)
{
	char *real = v->s->network ? realpath("/etc/resolv.conf", NULL) : NULL;
	if (real && !lies_in(real, "/etc"))
		show(v, sg_arena_str(v->arena, real));
	free(real);
}

static void must_be(
	struct view *v, const char *key, dev_t device, ino_t inode, const char *path)
{
	sg_strs_builder_add(&v->rules,
		sg_arena_printf(v->arena, "%s=%llu:%llu:%s", key, (unsigned long long)device,
			(unsigned long long)inode, path));
}

static void repository(struct view *v)
{
	const struct sg_sandbox *s = v->s;
	const struct sg_strs closed = joined(v, &s->hidden, &s->locked);
	if (v->ns)
		bind(v, SHOWN, s->repository, s->repository);
	allow(v, "r", s->repository, &s->hidden);
	for (size_t i = 0; i < s->n_write; i++) {
		const struct sg_sandbox_path *w = &s->write[i];
		if (v->ns)
			bind(v, OPEN, w->path, w->path);
		allow(v, "w", w->path, &closed);
		must_be(v, "same", w->device, w->inode, w->path);
	}
	for (size_t i = 0; v->ns && i < s->locked.n; i++)
		for (size_t k = 0; k < s->n_write; k++)
			if (lies_in(s->locked.v[i], s->write[k].path)) {
				bind(v, SHOWN, s->locked.v[i], s->locked.v[i]);
				break;
			}
	for (size_t i = 0; v->ns && i < s->n_over; i++) {
		struct stat st;
		bind(v, SHOWN, s->over[i].from, s->over[i].at);
		if (stat(s->over[i].from, &st) == 0)
			must_be(v, "over", st.st_dev, st.st_ino, s->over[i].at);
	}
	for (size_t i = 0; v->ns && i < s->hidden.n; i++)
		empty_folder(v, s->hidden.v[i], "0500", NOTHING);
}

/* Who spoils his own copies of the inputs, where no rule forbids it, spoils nobody else's. */
static void scratch(struct view *v)
{
	const struct sg_sandbox *s = v->s;
	if (!*s->scratch)
		return;
	if (v->ns) {
		bind(v, OPEN, s->scratch, s->scratch);
		if (!s->walls->up[SG_WALL_LANDLOCK])
			bind(v, SHOWN, s->in, s->in);
	}
	rule(v, "r", s->in);
	rule(v, "w", s->out);
	rule(v, "w", s->tmp);
	rule(v, "w", s->home);
	if (*s->manifest)
		rule(v, "r", s->manifest);
}

/* --- the helper's other words --- */

static void number(struct view *v, const char *key, int64_t wanted, int64_t otherwise)
{
	sg_strs_builder_add(&v->rules, sg_arena_printf(v->arena, "%s=%lld", key,
					       (long long)(wanted > 0 ? wanted : otherwise)));
}

static void helper_words(struct view *v, const char *folder, bool keep_pwd)
{
	const struct sg_sandbox *s = v->s;
	const struct sg_walls *walls = s->walls;
	if (v->ns)
		sg_strs_builder_add(&v->rules, v->by_bwrap ? "ns=made" : "ns=make");
	if (keep_pwd)
		sg_strs_builder_add(&v->rules, "pwd=1");
	if (s->network)
		sg_strs_builder_add(&v->rules, "net=1");
	if (walls->up[SG_WALL_LANDLOCK])
		number(v, "landlock", walls->landlock_abi, 1);
	rule(v, "in", folder);
	sg_strs_builder_add(&v->rules, "core=0");
	number(v, "fsize", s->max_output_bytes, SG_SANDBOX_OUTPUT_BYTES);
	number(v, "nproc", s->max_processes, SG_SANDBOX_PROCESSES);
	number(v, "nofile", s->max_files, SG_SANDBOX_FILES);
}

static void bwrap_words(struct view *v)
{
	static const char *const always[] = {"--unshare-user", "--unshare-pid", "--unshare-ipc",
		"--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--as-pid-1",
		"--cap-drop", "ALL"};
	sg_strs_builder_add(&v->mounts, sg_sandbox_bwrap());
	for (size_t i = 0; i < SG_ARRAY_SIZE(always); i++)
		sg_strs_builder_add(&v->mounts, always[i]);
	if (!v->s->network)
		sg_strs_builder_add(&v->mounts, "--unshare-net");
}

/* bubblewrap's words "--", where it is used, then helper words "--" path argv. */
static const char *const *whole(struct view *v, const char *path, const char *const *argv)
{
	struct sg_strs_builder all;
	sg_strs_builder_init(&all, v->arena);
	for (size_t i = 0; i < v->mounts.n; i++)
		sg_strs_builder_add(&all, v->mounts.v[i]);
	if (v->by_bwrap)
		sg_strs_builder_add(&all, "--");
	sg_strs_builder_add(&all, SG_HELPER_NAME);
	for (size_t i = 0; i < v->rules.n; i++)
		sg_strs_builder_add(&all, v->rules.v[i]);
	sg_strs_builder_add(&all, "--");
	sg_strs_builder_add(&all, path);
	for (size_t i = 0; argv[i]; i++)
		sg_strs_builder_add(&all, argv[i]);
	sg_strs_builder_add(&all, NULL);
	return sg_arena_failed(v->arena) ? NULL : sg_strs_builder_list(&all).v;
}

const char *const *sg_sandbox_argv(struct sg_arena *arena, const struct sg_sandbox *sandbox,
	const char *folder, const char *path, const char *const *argv, bool keep_pwd)
{
	struct view v = {.arena = arena,
		.s = sandbox,
		.ns = sandbox->walls->up[SG_WALL_NAMESPACES],
		.by_bwrap = sandbox->walls->up[SG_WALL_NAMESPACES] && sandbox->walls->by_bwrap};
	sg_strs_builder_init(&v.mounts, arena);
	sg_strs_builder_init(&v.rules, arena);
	if (v.by_bwrap)
		bwrap_words(&v);
	helper_words(&v, folder, keep_pwd);
	system_rules(&v);
	if (v.ns)
		system_mounts(&v);
	show_resolver(&v);
	for (size_t i = 0; i < sandbox->read.n; i++)
		show(&v, sandbox->read.v[i]);
	repository(&v);
	scratch(&v);
	/*
	 * the root itself is memory of the sandbox's own; a rule keeps it shut where there
	 * are any
	 */
	const bool shut = v.ns && !sandbox->walls->up[SG_WALL_LANDLOCK];
	if (shut && v.by_bwrap)
		mounts(&v, "--remount-ro", "/", NULL);
	else if (shut)
		rule(&v, "shut", "/");
	return whole(&v, path, argv);
}
