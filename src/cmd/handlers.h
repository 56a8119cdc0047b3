/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The handlers, one for each row of the command table. Each reads cmd's given part and fills
 * its answer; SG_USAGE, SG_INPUT, SG_REFUSED with a sentence else. See cmd.h.
 */
#ifndef STEPGATE_CMD_HANDLERS_H
#define STEPGATE_CMD_HANDLERS_H

#include "cmd/cmd.h"

#define SG_HANDLER(name) enum sg_rc sg_cmd_##name(struct sg_cmd *cmd, struct sg_err *err)

SG_HANDLER(init);
SG_HANDLER(step);
SG_HANDLER(route);
SG_HANDLER(no);
SG_HANDLER(stop);
SG_HANDLER(record);
SG_HANDLER(gates);
SG_HANDLER(brief);
SG_HANDLER(status);
SG_HANDLER(ledger);
SG_HANDLER(contract);
SG_HANDLER(fix);
SG_HANDLER(log);
SG_HANDLER(report);
SG_HANDLER(resume);
SG_HANDLER(next);
SG_HANDLER(history);
SG_HANDLER(show);
SG_HANDLER(diff);
SG_HANDLER(verify);
SG_HANDLER(check);
SG_HANDLER(doctor);
SG_HANDLER(restore);
SG_HANDLER(adopt);
SG_HANDLER(watch);
SG_HANDLER(plain);
SG_HANDLER(dump);
SG_HANDLER(help);
SG_HANDLER(quit);

#endif
