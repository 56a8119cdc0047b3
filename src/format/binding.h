/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of a binding that is about the walls: read, env and the limits. For profile.c alone.
 */
#ifndef STEPGATE_FORMAT_BINDING_H
#define STEPGATE_FORMAT_BINDING_H

#include "format/token.h"
#include "stepgate/route.h"

/*
 * Reads them into ret, or says what is wrong at its place: a path of read that is not absolute,
 * is the root or lies in /proc or /dev, or goes through ".." ; a name of env that is none, or
 * that a command must not inherit; a limit that is 0. write is looked at too: its paths are
 * relative, without "..".
 */
enum sg_rc sg_binding_walls(
	const struct sg_token *t, const struct sg_node *map, struct sg_binding *ret);

/*
 * Whether a command may have this variable of the operator's. Refused are those by which a
 * loader, a shell or an interpreter runs other code than what was hashed, those that lead to
 * the operator's own programs (agents, multiplexers, buses, displays), and those that
 * stepgate sets itself.
 */
bool sg_env_may_pass(const char *name);

#endif
