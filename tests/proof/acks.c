/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the library acknowledges. The linker leads every call of these functions from another
 * file here (--wrap), so also those of the runner and of the program's own commands are seen.
 */
#include "proof.h"

#include <stdio.h>

struct proof_shared *proof_shared;
void (*proof_on_ack)(int64_t seq);

static void ack(int64_t seq)
{
	if (!proof_shared)
		return;
	/* two writers in one process take turns: the greater number stands */
	if (seq > proof_shared->acked)
		proof_shared->acked = seq;
	proof_shared->acks++;
	if (proof_on_ack)
		proof_on_ack(seq);
}

enum sg_rc __real_sg_session_commit(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err);
enum sg_rc __wrap_sg_session_commit(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err);
enum sg_rc __wrap_sg_session_commit(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err)
{
	const enum sg_rc rc = __real_sg_session_commit(s, event, guard, ret_effects, err);

	if (rc == SG_OK)
		ack(sg_session_end(s)->seq);
	else if (proof_shared)
		(void)snprintf(proof_shared->refused, sizeof(proof_shared->refused), "%.199s",
			err ? err->text : sg_rc_name(rc));
	return rc;
}

enum sg_rc __real_sg_session_create(const struct sg_session_options *options,
	const struct sg_event *init, struct sg_err *err);
enum sg_rc __wrap_sg_session_create(const struct sg_session_options *options,
	const struct sg_event *init, struct sg_err *err);
enum sg_rc __wrap_sg_session_create(const struct sg_session_options *options,
	const struct sg_event *init, struct sg_err *err)
{
	const enum sg_rc rc = __real_sg_session_create(options, init, err);

	if (rc == SG_OK)
		ack(1);
	return rc;
}

enum sg_rc __real_sg_session_adopt(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err);
enum sg_rc __wrap_sg_session_adopt(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err);
enum sg_rc __wrap_sg_session_adopt(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err)
{
	const enum sg_rc rc = __real_sg_session_adopt(s, reason, tty, err);

	if (rc == SG_OK)
		ack(sg_session_end(s)->seq);
	return rc;
}

enum sg_rc __real_sg_session_restore(struct sg_session *s, bool tty, struct sg_err *err);
enum sg_rc __wrap_sg_session_restore(struct sg_session *s, bool tty, struct sg_err *err);
enum sg_rc __wrap_sg_session_restore(struct sg_session *s, bool tty, struct sg_err *err)
{
	const enum sg_rc rc = __real_sg_session_restore(s, tty, err);

	if (rc == SG_OK)
		ack(sg_session_end(s)->seq);
	return rc;
}

/* What settle only saw, nobody acknowledged. */
enum sg_rc __real_sg_session_settle(struct sg_session *s, struct sg_err *err);
enum sg_rc __wrap_sg_session_settle(struct sg_session *s, struct sg_err *err);
enum sg_rc __wrap_sg_session_settle(struct sg_session *s, struct sg_err *err)
{
	const int64_t before = sg_session_end(s)->seq;
	const enum sg_rc rc = __real_sg_session_settle(s, err);

	if (rc == SG_OK && sg_session_end(s)->seq > before)
		ack(sg_session_end(s)->seq);
	return rc;
}
