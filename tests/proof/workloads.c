/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is done while the faults come: each event of the library (work_events.c), each phase by
 * the real runner and the program's own commands, called as it calls them (work_phases.c).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/folders.h"
#include "harness/harness.h"
#include "work.h"

#define WORDS_MAX 24

int stepgate_main(int argc, char **argv);

/* main takes words that it may write to, and does not. */
static char *unconst(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {.in = text};
	return u.out;
}

int run_program(const struct run_case *c, const char *const *words)
{
	char *argv[WORDS_MAX] = {unconst("stepgate"), unconst("-m"), c->manifest,
		unconst("--color=never"), unconst("--ascii")};
	int n = 5;

	for (; words[n - 5] && n < WORDS_MAX - 1; n++)
		argv[n] = unconst(words[n - 5]);
	return stepgate_main(n, argv);
}

const struct workload workloads[] = {
	{"init and step", folder_nothing, act_init, .extra = 1, .may_be_empty = true},
	{"init in Markdown", make_nothing_markdown, act_init, .extra = 1, .may_be_empty = true},
	{"three commits", folder_started, act_three, .extra = 1},
	{"three commits in Markdown", folder_markdown, act_three, .extra = 1},
	{"two writers", folder_started, act_two_writers, .extra = 1},
	{"adopt", folder_tampered, act_adopt, .extra = 1, .may_stay_tampered = true},
	{"restore", folder_tampered, act_restore, .extra = 1, .may_stay_tampered = true},
	{"restore of what cannot be read", folder_unreadable, act_restore, .extra = 1,
		.may_stay_tampered = true},
	{"adopt whole", folder_no_trace, act_adopt, .extra = 1, .may_be_empty = true},
	{"first command adopts", folder_no_trace, act_next, .extra = 2, .may_be_empty = true},
	{"verdict", folder_val, act_verdict, .extra = 1},
	{"runner gone", folder_val, act_settle, .extra = 1},
	{"runner gone, in a commit", folder_val, act_settle_in_commit, .extra = 2},
	{"late manifest", make_engines, act_engines, .extra = 2, .late_bytes = 1},
	{"late manifest left", make_engines, act_engines_left, .extra = 2, .late_bytes = 1},
	{"recovery", make_damaged, act_next, .extra = 1},
	{"rebuilding", make_poisoned, act_next, .extra = 1},
	{"trace not synced", folder_started, act_poison_trace, .extra = 2},
	{"manifest not synced", folder_started, act_poison_temp, .extra = 2},
	{"folder not synced", folder_started, act_poison_folder, .extra = 2},
	{"ROUTE", make_to_route, act_go, .extra = 1},
	{"SPC", make_to_spc, act_go, .extra = 1, .makes_process = true},
	{"ORC", make_to_orc, act_go, .extra = 1, .makes_process = true},
	{"CTL", make_to_ctl, act_go, .extra = 1, .makes_process = true},
	{"CTL fails", make_to_failure, act_go, .extra = 1, .makes_process = true},
	{"QA", make_to_qa, act_go, .extra = 1, .makes_process = true},
	{"PACK", make_to_pack, act_go, .extra = 1, .makes_process = true},
	{"VAL", make_to_val, act_go, .extra = 1},
	{"command init", make_only_files, act_program_init, .extra = 1, .may_be_empty = true},
	{"command step", make_begun, act_step, .extra = 1, .makes_process = true},
	{"command route", make_to_route, act_route, .extra = 1},
	{"command no", make_to_ctl, act_no, .extra = 1},
	{"command stop", make_to_pack, act_stop, .extra = 1, .makes_process = true},
	{"command next", make_to_ctl, act_program_next, .extra = 1},
	{"command resume", make_stopped, act_resume, .extra = 1},
	{"command record start", make_by_hand, act_record_start, .extra = 1},
	{"command record stop", make_recording, act_record_stop, .extra = 1},
};
const size_t n_workloads = sizeof(workloads) / sizeof(workloads[0]);

/* --- where they begin --- */

static struct begun begun[sizeof(workloads) / sizeof(workloads[0])];
static char begun_name[sizeof(workloads) / sizeof(workloads[0])][32];

static int64_t events_in(const struct run_case *c)
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;

	options.read_only = true;
	if (sg_session_open(&s, &options, NULL) != SG_OK)
		return 0;
	const int64_t seq = sg_session_end(s)->seq;
	sg_session_close(s);
	return seq;
}

const struct begun *workload_begun(const struct workload *w)
{
	struct begun *b = &begun[w - workloads];
	struct run_case c;

	if (begun_name[w - workloads][0])
		return b;
	w->prepare(&c);
	b->events = events_in(&c);
	tree_read(&b->tree, c.folder);
	(void)snprintf(begun_name[w - workloads], sizeof(begun_name[0]), "%s",
		strrchr(c.manifest, '/') + 1);
	case_remove(&c);
	return b;
}

void place_make(struct run_case *c, const struct workload *w, const char *word)
{
	(void)workload_begun(w);
	c->folder = sg_t_format("%s/%s.%d", proof_root, word, (int)getpid());
	c->manifest = sg_t_format("%s/%s", c->folder, begun_name[w - workloads]);
	c->options = (struct sg_session_options){
		.manifest_path = c->manifest,
		.late_bytes = w->late_bytes,
		.now_ms = case_now_ms};
}

void place_free(struct run_case *c)
{
	case_remove(c);
}

bool workload_chosen(const struct workload *w)
{
	return !proof_options.only || strcmp(proof_options.only, w->name) == 0;
}
