/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROUTE: the token's copy into ROUTING, the precheck, the contract's rows. */
#include <string.h>

#include "core/reduce_internal.h"

static void fault(struct sg_rx *rx, const struct sg_ev_route *ev)
{
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	const char *file = *ev->fault_file ? ev->fault_file : "ROUTE_TOKEN";
	bool is_profile =
		*ev->profile_pin.path && strcmp(ev->fault_file, ev->profile_pin.path) == 0;
	enum sg_require_kind kind =
		is_profile ? SG_REQUIRE_PROFILE_VALID : SG_REQUIRE_ROUTE_VALID;
	switch (ev->fault) {
	case SG_FAULT_ABSENT:
		sg_stop_add(&stop, SG_CODE_INPUT_ABSENT, "ROUTE",
			"ROUTE: ROUTE_TOKEN: expected a route, found none given", "route FILE");
		sg_stop_require(&stop, SG_REQUIRE_ROUTE_VALID, "", "Give a route: route FILE");
		sg_stop_apply(&stop);
		return;
	case SG_FAULT_NOT_FOUND:
		sg_stop_add(&stop, SG_CODE_FILE_NOT_FOUND, "ROUTE",
			sg_rx_text(rx, "ROUTE: %s: expected a file, found none", file),
			sg_rx_text(rx, "Provide %s", file));
		sg_stop_require(&stop, SG_REQUIRE_FILE_PRESENT, file,
			sg_rx_text(rx, "Provide %s", file));
		sg_stop_apply(&stop);
		return;
	case SG_FAULT_UNREADABLE:
	case SG_FAULT_NONE:;
	}
	sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, "ROUTE",
		sg_rx_text(rx, "ROUTE: %s: expected a readable token, found: %s", file,
			ev->error),
		sg_rx_text(rx, "Mend %s", file));
	sg_stop_require(&stop, kind, file, sg_rx_text(rx, "Mend %s: %s", file, ev->error));
	sg_stop_apply(&stop);
}

static void copy_routing(struct sg_rx *rx, const struct sg_route *route)
{
	struct sg_manifest *m = &rx->run->manifest;
	m->domain = route->domain;
	m->artifact_type = route->artifact_type;
	m->profile_key = route->profile_key;
	m->pipe_selected = route->pipe_selected;
	m->required_idx = route->required_idx;
	m->required_roles = route->required_roles;
	m->required_eng_keys = route->required_eng_keys;
	m->required_kb_keys = route->required_kb_keys;
	m->required_val_keys = route->required_val_keys;
	m->output_contract = route->output_contract;
	m->no_go_list = route->no_go_list;
	if (*route->mode)
		m->mode = route->mode;
}

static void miss(struct sg_stop *stop, enum sg_require_kind kind, const char *subject,
	const char *reason, const char *fix)
{
	sg_stop_add(stop, SG_CODE_MARKER_NOT_CONFIRMED, "ROUTE",
		sg_rx_text(stop->rx, "ROUTE: %s", reason), fix);
	sg_stop_require(stop, kind, subject, fix);
}

static bool has_key(const struct sg_strs *keys, const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (sg_key_equal(keys->v[i], key))
			return true;
	return false;
}

static void check_lists(struct sg_stop *stop, const struct sg_route *route, const char *path)
{
	if (!route->required_roles.n)
		miss(stop, SG_REQUIRE_ROUTE_VALID, path,
			"REQUIRED_ROLES: expected a non-empty list, found none",
			"Add REQUIRED_ROLES to the route");
	if (!route->output_contract.n)
		miss(stop, SG_REQUIRE_ROUTE_VALID, path,
			"OUTPUT_CONTRACT: expected a non-empty list, found none",
			"Add OUTPUT_CONTRACT to the route");
	static const char *const gates[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY};
	for (size_t i = 0; i < SG_ARRAY_SIZE(gates); i++)
		if (!has_key(&route->required_val_keys, gates[i]))
			miss(stop, SG_REQUIRE_ROUTE_VALID, path,
				sg_rx_text(stop->rx,
					"REQUIRED_VAL_KEYS: expected %s in it, found it "
					"missing",
					gates[i]),
				sg_rx_text(stop->rx, "Add %s to REQUIRED_VAL_KEYS", gates[i]));
}

static void check_roles(struct sg_stop *stop, const struct sg_route *route, const char *path)
{
	const struct sg_strs *roles = &route->required_roles;
	if (roles->n && !sg_strs_has(roles, "SPC"))
		miss(stop, SG_REQUIRE_ROUTE_VALID, path,
			"REQUIRED_ROLES: expected SPC in it, found it missing",
			"Add SPC to REQUIRED_ROLES");
	if (route->required_eng_keys.n && !sg_strs_has(roles, "ORC"))
		miss(stop, SG_REQUIRE_ROUTE_VALID, path,
			"REQUIRED_ROLES: expected ORC, for the route names engines, found it "
			"missing",
			"Add ORC to REQUIRED_ROLES");
	static const char *const taken[] = {"PACK", "OPEN", "ROUTE", "CLOSE", ""};
	for (size_t i = 0; i < SG_ARRAY_SIZE(taken); i++)
		if (sg_strs_has(roles, taken[i]))
			miss(stop, SG_REQUIRE_ROUTE_VALID, path,
				sg_rx_text(stop->rx,
					"REQUIRED_ROLES: expected roles, found \"%s\"",
					taken[i]),
				sg_rx_text(stop->rx, "Take \"%s\" out of REQUIRED_ROLES",
					taken[i]));
}

static void check_bindings(
	struct sg_stop *stop, const struct sg_profile *profile, const struct sg_strs *roles)
{
	for (size_t i = 0; i < roles->n; i++) {
		const char *role = roles->v[i];
		if (strcmp(role, "ORC") == 0 || strcmp(role, "VAL") == 0 ||
			sg_profile_binding(profile, role))
			continue;
		miss(stop, SG_REQUIRE_KEY_BOUND, role,
			sg_rx_text(stop->rx,
				"%s: expected a binding in the profile's RUN, found none",
				role),
			sg_rx_text(stop->rx, "Bind %s in the profile", role));
	}
}

/* A profile that asks for more walls than this machine has must not run behind fewer. */
static void check_sandbox(
	struct sg_stop *stop, const struct sg_profile *profile, const struct sg_run *run)
{
	if (profile->sandbox <= run->tier)
		return;
	const char *missing = "";
	if (*run->walls)
		missing = sg_rx_text(stop->rx, ": %s %s missing", run->walls,
			strchr(run->walls, ',') ? "are" : "is");
	miss(stop, SG_REQUIRE_PROFILE_VALID, run->profile_pin.path,
		sg_rx_text(stop->rx, "SANDBOX: expected %s, found %s%s",
			sg_tier_name(profile->sandbox), sg_tier_name(run->tier), missing),
		sg_rx_text(stop->rx, "Set SANDBOX: %s in the profile, or see `doctor`",
			sg_tier_name(run->tier)));
}

static void await_roles(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	const struct sg_strs *contract = &run->manifest.output_contract;
	for (size_t i = 0; i < contract->n; i++)
		sg_rx_output_row(rx, contract->v[i], false, "", "");
	if (sg_required_engines(rx->arena, &run->manifest, NULL, &run->required_engines) !=
		SG_OK)
		sg_rx_nomem(rx);
	sg_rx_await_after(rx, "ROUTE");
}

void sg_rx_route(struct sg_rx *rx)
{
	const struct sg_ev_route *ev = &rx->event->u.route;
	struct sg_run *run = rx->run;
	run->route_pin = sg_copy_pin(rx->arena, &ev->route_pin);
	run->profile_pin = sg_copy_pin(rx->arena, &ev->profile_pin);
	run->has_next = run->has_next || ev->has_next;
	run->tier = ev->tier;
	run->walls = sg_copy_str(rx->arena, ev->walls);
	run->programs = sg_copy_programs(rx->arena, &ev->programs);
	if (ev->route)
		run->route = sg_copy_route(rx->arena, ev->route);
	if (ev->profile)
		run->profile = sg_copy_profile(rx->arena, ev->profile);
	if (run->route && ev->route) {
		copy_routing(rx, run->route);
		(void)sg_phases_of(rx->arena, &run->route->required_roles, &run->phases);
	}
	if (ev->fault != SG_FAULT_NONE || !ev->route || !ev->profile || !run->route ||
		!run->profile) {
		fault(rx, ev);
		return;
	}
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	check_lists(&stop, run->route, run->route_pin.path);
	check_roles(&stop, run->route, run->route_pin.path);
	check_bindings(&stop, run->profile, &run->route->required_roles);
	check_sandbox(&stop, run->profile, run);
	if (sg_strs_has(&run->route->output_contract, "NEXT_POINTER") && !ev->has_next &&
		!*run->next_file)
		miss(&stop, SG_REQUIRE_ROUTE_VALID, run->route_pin.path,
			"NEXT_POINTER: expected `next` or steps.yaml to give it, found neither",
			"next FILE \"goal\"");
	if (stop.code != SG_CODE_NONE)
		sg_stop_apply(&stop);
	else
		await_roles(rx);
}
