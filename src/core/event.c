/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of stepgate/event.h: events and requirements, generated from their lists. */
#include "stepgate/event.h"

#include <string.h>

static const struct {
	const char *name;
	bool ends_phase;
} events[SG_EVENT_COUNT] = {
#define X(id, text, ends) [SG_EVENT_##id] = {text, ends},
	SG_EVENT_LIST(X)
#undef X
};

static const char *const requires[SG_REQUIRE_COUNT] = {
#define X(id, text) [SG_REQUIRE_##id] = text,
	SG_REQUIRE_LIST(X)
#undef X
};

const char *sg_event_name(enum sg_event_type type)
{
	return (unsigned)type < SG_EVENT_COUNT ? events[type].name : "";
}

bool sg_event_parse(const char *text, enum sg_event_type *ret)
{
	for (unsigned i = 0; i < SG_EVENT_COUNT; i++)
		if (strcmp(text, events[i].name) == 0) {
			*ret = (enum sg_event_type)i;
			return true;
		}
	return false;
}

bool sg_event_ends_phase(enum sg_event_type type)
{
	return (unsigned)type < SG_EVENT_COUNT && events[type].ends_phase;
}

const char *sg_require_name(enum sg_require_kind kind)
{
	return (unsigned)kind < SG_REQUIRE_COUNT ? requires[kind] : "";
}

bool sg_require_parse(const char *text, enum sg_require_kind *ret)
{
	for (unsigned i = 0; i < SG_REQUIRE_COUNT; i++)
		if (strcmp(text, requires[i]) == 0) {
			*ret = (enum sg_require_kind)i;
			return true;
		}
	return false;
}
