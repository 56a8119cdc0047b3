/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stepgate: a human-gated step runner with proof. The library's public contract in one include.
 *
 * The values: types.h (words), manifest.h (the state), route.h (what a STEP is given), event.h
 * (what happens), gate.h (what decides), trace.h (what is kept).
 */
#ifndef STEPGATE_STEPGATE_H
#define STEPGATE_STEPGATE_H

#include "stepgate/event.h"
#include "stepgate/gate.h"
#include "stepgate/manifest.h"
#include "stepgate/route.h"
#include "stepgate/trace.h"
#include "stepgate/types.h"

#define SG_VERSION "0.1.0"

#endif
