/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which walls can be built here: each is tried, none is guessed from a version. */
#include "exec/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/sandbox_internal.h"
#include "exec/spawn.h"

static const char *const wall_names[] = {
#define X(id, text) [SG_WALL_##id] = text,
	SG_WALL_LIST(X)
#undef X
};

const char *sg_wall_name(enum sg_wall wall)
{
	return (size_t)wall < SG_ARRAY_SIZE(wall_names) ? wall_names[wall] : "";
}

enum sg_tier sg_sandbox_tier(const struct sg_walls *walls)
{
	size_t n = 0;
	for (size_t i = 0; i < SG_WALL_COUNT; i++)
		n += walls->up[i];
	return n == SG_WALL_COUNT ? SG_TIER_FULL : n ? SG_TIER_PARTIAL : SG_TIER_NONE;
}

const char *sg_sandbox_missing(const struct sg_walls *walls, char ret[SG_WALLS_TEXT_SIZE])
{
	size_t used = 0;
	ret[0] = '\0';
	for (size_t i = 0; i < SG_WALL_COUNT; i++)
		if (!walls->up[i] && used < SG_WALLS_TEXT_SIZE)
			used += (size_t)snprintf(ret + used, SG_WALLS_TEXT_SIZE - used, "%s%s",
				used ? ", " : "", wall_names[i]);
	return ret;
}

const char *sg_sandbox_bwrap(void)
{
	static const char *const places[] = {
		"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(places); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* One command behind this wall alone: it has to start and to end well. */
static void try_wall(struct sg_walls *walls, enum sg_wall wall, int landlock_abi)
{
	static const char *const argv[] = {"/bin/true", NULL};
	static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	struct sg_walls one;
	struct sg_err err = SG_ERR_INIT;
	int status = 0;
	pid_t pid;
	memset(&one, 0, sizeof(one));
	one.up[wall] = true;
	one.landlock_abi = landlock_abi;
	one.by_bwrap = walls->by_bwrap;
	const struct sg_sandbox sandbox = {.walls = &one,
		.folder = "/",
		.repository = "/usr",
		.scratch = "",
		.in = "",
		.out = "",
		.tmp = "",
		.home = "",
		.manifest = ""};
	const struct sg_spawn_request request = {
		.argv = argv, .folder = "/", .env = env, .out_fd = -1, .sandbox = &sandbox};
	if (sg_spawn(&request, &pid, &err) == SG_OK) {
		while (waitpid(pid, &status, 0) < 0)
			;
		walls->up[wall] = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (!walls->up[wall])
			(void)sg_err_set(&err, SG_STORAGE,
				"/bin/true ended with status %d behind it", status);
	}
	snprintf(walls->why[wall], sizeof(walls->why[wall]), "%.255s", err.text);
}

static void probe(struct sg_walls *walls)
{
	memset(walls, 0, sizeof(*walls));
	walls->landlock_abi = sg_landlock_abi();
	try_wall(walls, SG_WALL_NAMESPACES, 0);
	/* some machines let bubblewrap alone make them */
	if (!walls->up[SG_WALL_NAMESPACES] && sg_sandbox_bwrap()) {
		walls->by_bwrap = true;
		try_wall(walls, SG_WALL_NAMESPACES, 0);
	}
	if (!walls->landlock_abi)
		snprintf(walls->why[SG_WALL_LANDLOCK], sizeof(walls->why[0]),
			"the kernel has no Landlock, or it is off");
	else
		try_wall(walls, SG_WALL_LANDLOCK, walls->landlock_abi);
	try_wall(walls, SG_WALL_SECCOMP, 0);
}

enum sg_rc sg_sandbox_probe(struct sg_walls *ret, struct sg_err *err)
{
	static struct sg_walls known;
	static bool done;
	(void)err;
	if (!done)
		probe(&known);
	done = true;
	*ret = known;
	return SG_OK;
}
