/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What would raise the tier: the settings that are known to keep a wall from being built. They
 * only explain; whether a wall stands is found by building it.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/fs.h"
#include "exec/sandbox_internal.h"

#define SCOPING_ABI 6

/* A setting as a number; -1: this kernel does not have it. */
static long setting(const char *path)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	SG_CLEANUP(sg_fd_close) int fd = -1;
	if (sg_fs_open_read(AT_FDCWD, path, &fd, NULL) < 0 ||
		sg_fs_read_fd(fd, path, 64, &text, NULL) < 0 || !text.n_bytes)
		return -1;
	return strtol(text.bytes, NULL, 10);
}

/* Each stands for itself: all that apply are said. */
static void on_namespaces(const struct sg_walls *walls, struct sg_strs_builder *out)
{
	static const struct {
		const char *path;
		long bad;
		const char *advice;
	} settings[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", 0,
			SG_SAY("Set the sysctl kernel.unprivileged_userns_clone to 1")},
		{"/proc/sys/user/max_user_namespaces", 0,
			SG_SAY("Set the sysctl user.max_user_namespaces above 0")},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
			SG_SAY("Give bubblewrap an AppArmor profile that allows userns, or set "
			       "the "
			       "sysctl kernel.apparmor_restrict_unprivileged_userns to 0")},
	};
	const size_t before = out->n;
	if (walls->up[SG_WALL_NAMESPACES])
		return;
	if (!sg_sandbox_bwrap())
		sg_strs_builder_add(out, SG_SAY("Install the package bubblewrap"));
	for (size_t i = 0; i < SG_ARRAY_SIZE(settings); i++)
		if (setting(settings[i].path) == settings[i].bad)
			sg_strs_builder_add(out, settings[i].advice);
	if (out->n == before)
		sg_strs_builder_add(out,
			SG_SAY("Run where user namespaces may be made: a container may forbid "
			       "them by its own seccomp filter"));
}

struct sg_strs sg_sandbox_advice(struct sg_arena *arena, const struct sg_walls *walls)
{
	struct sg_strs_builder out;
	sg_strs_builder_init(&out, arena);
	on_namespaces(walls, &out);
	if (!walls->landlock_abi)
		sg_strs_builder_add(&out,
			SG_SAY("Run a kernel of 5.13 or later that has Landlock "
			       "(CONFIG_SECURITY_LANDLOCK), and landlock in its lsm= list"));
	else if (!walls->up[SG_WALL_LANDLOCK])
		sg_strs_builder_add(
			&out, SG_SAY("Run where Landlock may be used: a container may forbid "
				     "it by its own seccomp filter"));
	else if (!walls->up[SG_WALL_NAMESPACES] && walls->landlock_abi < SCOPING_ABI)
		sg_strs_builder_add(&out,
			SG_SAY("Run a kernel of 6.12 or later: from there on Landlock keeps "
			       "signals in as well"));
	if (!walls->up[SG_WALL_SECCOMP])
		sg_strs_builder_add(&out, SG_SAY("Run a kernel that has seccomp filters "
						 "(CONFIG_SECCOMP_FILTER)"));
	return sg_strs_builder_list(&out);
}
