/* SPDX-License-Identifier: ISC */
/* filter - NAME_delivery_status_filter of a delivery agent. */
#ifndef POSTERN_AGENT_FILTER_H
#define POSTERN_AGENT_FILTER_H

#include "base/arena.h"
#include "table/table.h"

/*
 * Once, behind the door: from here on agent_report() changes results as the
 * tables of "value" say. "name" is the parameter's, for warnings. fatal() if
 * a table cannot be opened; a look-up that fails changes nothing.
 */
void	agent_filter_open(struct arena *a, const char *name,
	    const char *value, struct table_source *src);

#endif
