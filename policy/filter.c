/* SPDX-License-Identifier: ISC */
/*
 * filter - a role's rules as a program for the kernel, by libseccomp.
 *
 * Only masked equality is used, with the upper half of an argument masked
 * out: libseccomp's ordered comparisons are wrong when two rules test one
 * argument. policycheck(1) does not believe any of this and tries it.
 */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/fd.h"
#include "filter.h"

static int
add_rule(scmp_filter_ctx ctx, const struct rule *r)
{
	struct scmp_arg_cmp cmp[MODEL_CONDS];
	uint32_t action;
	size_t i;

	for (i = 0; i < r->nconds; i++)
		cmp[i] = SCMP_CMP64(r->cond[i].arg, SCMP_CMP_MASKED_EQ,
		    (scmp_datum_t)r->cond[i].mask,
		    (scmp_datum_t)r->cond[i].value);
	action = r->action == RULE_ENOSYS ? SCMP_ACT_ERRNO(ENOSYS) :
	    SCMP_ACT_ALLOW;
	return (seccomp_rule_add_exact_array(ctx, action, r->nr,
	    (unsigned)r->nconds, cmp));
}

static int
add_rules(scmp_filter_ctx ctx, const struct mrole *r)
{
	size_t i;
	int rc;

	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (rc == 0)		/* the loader of the filter does that */
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (rc == 0)		/* a binary tree */
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; rc == 0 && i < r->rules.n; i++)
		rc = add_rule(ctx, &r->rules.v[i]);
	return (rc);
}

static int
export(scmp_filter_ctx ctx, struct sock_filter *code, size_t *n)
{
	size_t size = FILTER_MAX * sizeof(*code);
	ssize_t got;
	int fd, rc;

	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd == -1)
		return (-errno);
	rc = seccomp_export_bpf(ctx, fd);
	if (rc == 0) {
		got = fd_pread_all(fd, code, size, 0);
		if (got <= 0 || (size_t)got == size ||
		    (size_t)got % sizeof(*code) != 0)
			rc = -E2BIG;
		else
			*n = (size_t)got / sizeof(*code);
	}
	fd_close(&fd);
	return (rc);
}

int
filter_compile(struct model *m, const struct mrole *r,
    struct sock_filter *code, size_t *n)
{
	scmp_filter_ctx ctx;
	int rc;

	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL)
		return (token_fail(&m->error, r->file, 0,
		    "libseccomp does not start"));
	rc = add_rules(ctx, r);
	if (rc == 0)
		rc = export(ctx, code, n);
	seccomp_release(ctx);
	if (rc != 0)
		return (token_fail(&m->error, r->file, 0,
		    "libseccomp: %s", strerror(-rc)));
	return (0);
}
