/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of the runner; for nobody else.
 *
 * struct sg_rn lives for one phase. What the session lends dies with the next commit, so what
 * a phase needs over commits is copied into its arena when it begins. A command (struct
 * sg_command) is a job of the loop with its evidence around it: prepared just before it
 * starts, taken down when it has ended.
 */
#ifndef STEPGATE_EXEC_RUNNER_INTERNAL_H
#define STEPGATE_EXEC_RUNNER_INTERNAL_H

#include "exec/runner.h"
#include "store/scan.h"

struct sg_rn {
	struct sg_runner *runner;
	struct sg_session *session;
	struct sg_arena *arena; /* of this phase */
	int dir;                /* the manifest's folder; borrowed */
	const char *dir_path;
	const char *step;
	const char *phase;
	int attempt;
	const char *folder;               /* of the attempt */
	const struct sg_profile *profile; /* a copy; NULL before ROUTE has read one */
	int level;                        /* of ending, the greatest that was asked for */
	struct sg_pasts past; /* of the run, sorted by name, once it was asked for */
	bool past_known;
};

/* Its own copy of the run's state is not kept: ask the session. */
const struct sg_run *sg_rn_run(const struct sg_rn *rn);
enum sg_rc sg_rn_nomem(struct sg_err *err);
/* An event of this phase, by the runner, with every text set. */
struct sg_event sg_rn_event(const struct sg_rn *rn, enum sg_event_type type);
/* A step that touches nothing of the front end, by its `aside`: it may take long. */
typedef enum sg_rc (*sg_rn_step)(struct sg_rn *rn, void *ctx, struct sg_err *err);
enum sg_rc sg_rn_aside(struct sg_rn *rn, sg_rn_step step, void *ctx, struct sg_err *err);
enum sg_rc sg_rn_commit(struct sg_rn *rn, struct sg_event *event, struct sg_err *err);
/* The manifest's folder and the tree of this STEP, for patch and pack. */
struct sg_tree_where sg_rn_tree(const struct sg_rn *rn);
/* Every text "", cause EXITED with 0. */
struct sg_exec sg_rn_no_exec(void);
/* What `record` holds for a role or engine, stopped; NULL: nothing. Borrowed from the run. */
const struct sg_record *sg_rn_record(const struct sg_rn *rn, const char *name);
/* The file of that NAME, or NULL. */
const struct sg_file *sg_rn_file(const struct sg_files *files, const char *name);

/* --- promises (runner_promise.c) --- */

/*
 * plain: NAMEs that must be there; any: "A|B" of which one must; known: NAMEs that may hold
 * dots.
 */
struct sg_promises {
	struct sg_strs plain, any, known;
	bool at_least_one; /* a role of which no output is known beforehand */
};

enum sg_rc sg_rn_promises_of_role(struct sg_rn *rn, const char *role,
	const struct sg_binding *binding, struct sg_promises *ret, struct sg_err *err);
enum sg_rc sg_rn_promises_of_engine(struct sg_rn *rn, const struct sg_binding *binding,
	struct sg_promises *ret, struct sg_err *err);
/* "" or the sentence of the first promise that these files do not keep. */
const char *sg_rn_broken_promise(struct sg_arena *arena, const struct sg_promises *promises,
	const struct sg_files *files);

/*
 * "" or the sentence of the first NAME that somebody else has made already in this STEP:
 * another role, another engine, stepgate itself. maker: the role or the engine's key.
 */
const char *sg_rn_made_twice(
	const struct sg_rn *rn, const char *maker, const struct sg_files *files);

/* --- what earlier attempts left (runner_past.c) --- */

/* Those of the files, in their order, that are just what an earlier attempt has left. */
enum sg_rc sg_rn_unchanged(struct sg_rn *rn, const struct sg_files *files, struct sg_sames *ret,
	struct sg_err *err);

/* --- one command (runner_command.c, its walls runner_box.c) --- */

struct sg_command {
	/* set by the phase */
	const char *name;    /* role, engine or gate key */
	const char *eng_key; /* of an engine; else "" */
	const char *folder;  /* its evidence folder */
	const struct sg_binding *binding;
	const struct sg_run *inputs; /* whose outputs it gets to read */
	struct sg_promises promises;
	const struct sg_sandbox_over *over; /* of a gate: its pinned files, see sg_rn_pinned */
	size_t n_over;
	/* filled when it has ended */
	struct sg_exec exec;
	struct sg_files outputs;
	/* its own */
	struct sg_scratch scratch;
	bool has_scratch;
	const char **env;
	const char **argv;
	bool boxed; /* the profile asks for walls: box holds, and exec says the tier */
	struct sg_walls walls;
	struct sg_sandbox box;
};

/*
 * Runs commands[0..n) as jobs, at_once together; judge is called for each when its exec and
 * outputs stand, and may set job->failed. stop_on_fail as in the loop. stdout_copy: NULL, or
 * a buffer for each. Scratch trees are gone when it returns. SG_INTERRUPTED: rn->level was
 * raised.
 */
typedef enum sg_rc (*sg_command_judge)(
	void *ctx, struct sg_command *command, struct sg_job *job, struct sg_err *err);
struct sg_commands {
	struct sg_command *v;
	size_t n;
	size_t at_once;
	bool stop_on_fail;
	struct sg_strbuf *stdout_copy;
	sg_command_judge judge; /* NULL: nobody judges */
	void *ctx;
};
enum sg_rc sg_rn_run_commands(
	struct sg_rn *rn, const struct sg_commands *commands, struct sg_err *err);

struct sg_watch;
/*
 * Fills c->boxed, walls, box and the tier of c->exec from its binding; its scratch tree is
 * made. A path that cannot be had is the command's own failure, with the line of its binding.
 */
enum sg_rc sg_rn_box(struct sg_rn *rn, const struct sg_watch *watch, struct sg_command *c,
	const char *manifest_path, struct sg_err *why);

/* --- scope (runner_scope.c) --- */

/*
 * The tree around commands that run: looked at before the first and behind each. With several
 * at a time a change is asked of all that ran since the look before. Zeroed: nothing watched.
 */
struct sg_watch {
	struct sg_rn *rn;
	struct sg_arena arenas[2]; /* of the last scan and of the next, in turn */
	struct sg_scan scan;
	size_t at;            /* which arena holds scan */
	struct sg_strs no_go; /* the route's NO_GO_LIST, in the phase's arena */
	const struct sg_binding **running;
	size_t n_running;
	bool on;
};

/* max_running: at_once of the commands. A tree that cannot be watched is an error. */
enum sg_rc sg_rn_watch_begin(
	struct sg_watch *watch, struct sg_rn *rn, size_t max_running, struct sg_err *err);
void sg_rn_watch_started(struct sg_watch *watch, const struct sg_binding *binding);
/* Its processes are gone. Fills exec's strayed and forbidden; exec's tier must be set. */
enum sg_rc sg_rn_watch_ended(struct sg_watch *watch, const struct sg_binding *binding,
	struct sg_exec *exec, struct sg_err *err);
void sg_rn_watch_release(struct sg_watch *watch);
/* Keeps how the tree stands, for the brief that follows; what fails is not told. */
void sg_rn_watch_keep(struct sg_rn *rn);

/* --- what a command is made of (runner_program.c) --- */

struct sg_program_where {
	int dir; /* the manifest's folder */
	const char *dir_path;
	const char *path_env;
	struct sg_evidence_cache *cache;
};
/* Of this run, as its commands find their programs. */
struct sg_program_where sg_rn_program_where(const struct sg_rn *rn);

/*
 * Its files, argv[0]'s first, then interpreters, then further words, each path once; see struct
 * sg_program. An error where argv[0] cannot be found or read.
 */
enum sg_rc sg_rn_program_files(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_strs *argv, struct sg_files *ret, struct sg_err *err);
/* exec.program_sha256, see runner.h. */
enum sg_rc sg_rn_program_digest(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_strs *argv, const char **ret, struct sg_err *err);
/* Of each binding that is a command; without files where the program is not there. */
enum sg_rc sg_rn_programs(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_profile *profile, struct sg_programs *ret, struct sg_err *err);
/* Of that key, the last one; NULL: none was pinned. */
const struct sg_program *sg_rn_program_of(const struct sg_programs *programs, const char *key);
/* "<path> changed", "<path> gone", "<path> new" for each that differs. */
struct sg_strs sg_rn_program_changes(
	struct sg_arena *arena, const struct sg_files *pinned, const struct sg_files *now);

/* --- pinned programs (runner_pin.c) --- */

/* Fills ev's programs, and keeps the files of gates that lie in the tree. */
enum sg_rc sg_rn_pin(struct sg_rn *rn, struct sg_ev_route *ev, struct sg_err *err);
/*
 * A gate's command against what was pinned: *ret_changes says what differs, then it must not
 * run; else command's over and n_over say which copies stand in the place of its files.
 */
enum sg_rc sg_rn_pinned(struct sg_rn *rn, struct sg_command *command,
	struct sg_strs *ret_changes, struct sg_err *err);

/* --- what ran, to compare it with the next time (runner_resume.c) --- */
/*
 * The run with the outputs of the phases before `phase` alone, deep enough to outlive the next
 * commit: what an engine of ORC gets to read, whatever other engines have made.
 */
enum sg_rc sg_rn_inputs_before(struct sg_arena *arena, const struct sg_run *run,
	const char *phase, struct sg_run *ret, struct sg_err *err);

/* --- phases --- */
enum sg_rc sg_rn_route(struct sg_rn *rn, struct sg_err *err);
enum sg_rc sg_rn_role(struct sg_rn *rn, struct sg_err *err);
enum sg_rc sg_rn_orc(struct sg_rn *rn, struct sg_err *err);
enum sg_rc sg_rn_pack(struct sg_rn *rn, struct sg_err *err);
enum sg_rc sg_rn_val(struct sg_rn *rn, struct sg_err *err);

/* How an engine says that there is nothing for it to do. */
#define SG_EXIT_SKIP 77

#define SG_COMMAND_PATH "/usr/local/bin:/usr/bin:/bin"

#endif
