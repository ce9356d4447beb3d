/* SPDX-License-Identifier: ISC */
/*
 * The policy compiler refuses each bad form, with the file and the line, and
 * takes each good one.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "bpf.h"
#include "filter.h"

static const char verbs[] =
    "/* VERB(x, y) in a comment is none */\n"
    "VERB(queue_mgr, queue_new)\nREPLY(queue_mgr, queue_done)\n"
    "VERB(agent, deliver)\n";
static const char groups[] =
    "group core \"needed\"\n# bytes\ncalls read write\n"
    "# no code\nallow mmap arg2 & ~PROT_READ|PROT_WRITE == 0\n"
    "enosys probes \"newer\"\ncalls clone3 mseal=462\n";
static const char queue_mgr[] =
    "role queue-mgr \"q\"\nkind shared\nuser _q\ngroup _q\n"
    "network none\nroot queue # its own\nsyscalls core # all\n";
#define HEAD	"role a \"one\"\nkind session\nuser _a\ngroup _a\n"
#define GOOD	HEAD "network none\nroot empty\n# why\nsyscalls core\n"

static struct model m;

/* Compile role "a" from "text" beside a good role; the error's text. */
static const char *
build(struct arena *a, const char *role_a)
{
	static char said[600];

	model_init(&m, a);
	said[0] = '\0';
	if (model_verbs(&m, "verbs", view_of(verbs)) == -1 ||
	    model_groups(&m, "groups", view_of(groups)) == -1 ||
	    model_roles(&m, "roles", view_of("a\nqueue-mgr\n")) == -1 ||
	    model_policy(&m, "a.policy", view_of(role_a)) == -1 ||
	    model_policy(&m, "q.policy", view_of(queue_mgr)) == -1 ||
	    model_finish(&m) == -1)
		snprintf(said, sizeof(said), "%s:%u: %s", m.error.file,
		    m.error.line, m.error.text);
	return (said);
}

static const struct {
	const char	*label, *text, *want;	/* want "": it compiles */
} policies[] = {
	{ "good", GOOD, "" },
	{ "enosys", GOOD "enosys probes\n", "" },
	{ "unknown word", GOOD "permit all\n", "a.policy:9: unknown word" },
	{ "no role first", "kind session\n", "a.policy:1: expected \"role" },
	{ "not a listed role", "role z \"z\"\n",
	    "a.policy:1: \"z\" is not in the list" },
	{ "missing line", "role a \"a\"\nkind session\n",
	    "a.policy:2: expected one line each" },
	{ "command", "role a \"one\"\nkind command\nuser caller\n"
	    "group caller\nnetwork host # why\nroot host # why\n", "" },
	{ "command with a user", "role a \"one\"\nkind command\nuser _a\n"
	    "group _a\nnetwork host # why\nroot host # why\n",
	    "a.policy:0: a command, and nothing else, has user caller" },
	{ "no user", "role a \"one\"\nkind session\nuser caller\ngroup a\n"
	    "network none\nroot empty\n", "a.policy:0: a command, and" },
	{ "second user", GOOD "user _b\n", "a.policy:9: second user" },
	{ "unknown kind", "role a \"a\"\nkind big\n", "a.policy:2: unknown" },
	{ "syscalls without a comment", HEAD "syscalls core\n",
	    "a.policy:5: syscalls gives" },
	{ "comment cut off by a blank line",
	    HEAD "# why\n\nsyscalls core\n", "a.policy:7: syscalls gives" },
	{ "comment of the line before", GOOD "allow poll\n",
	    "a.policy:9: allow gives" },
	{ "comment that says nothing", GOOD "# ---\nallow poll\n",
	    "a.policy:10: allow gives" },
	{ "comment at the end", GOOD "allow poll # waits\n", "" },
	{ "network without a comment", HEAD "network host\n",
	    "a.policy:5: network gives" },
	{ "root without a comment", HEAD "root queue\n",
	    "a.policy:5: root gives" },
	{ "groups without a comment", GOOD "groups g\n",
	    "a.policy:9: groups gives" },
	{ "landlock without a comment", GOOD "landlock read x\n",
	    "a.policy:9: landlock gives" },
	{ "optional without a comment", GOOD "landlock optional\n",
	    "a.policy:9: landlock gives" },
	{ "reach without a comment", GOOD "reach queue-mgr: queue_new\n",
	    "a.policy:9: reach gives" },
	{ "receive without a comment", GOOD "receive message\n",
	    "a.policy:9: receive gives" },
	{ "caps without a comment", GOOD "caps kill\n",
	    "a.policy:9: caps gives" },
	{ "reach", GOOD "reach queue-mgr: queue_new # why\n", "" },
	{ "unknown peer", GOOD "reach z: queue_new # why\n",
	    "a.policy:9: there is no role \"z\"" },
	{ "unknown verb", GOOD "reach queue-mgr: fly # why\n",
	    "a.policy:9: unknown verb \"fly\"" },
	{ "a reply is no verb", GOOD "reach queue-mgr: queue_done # why\n",
	    "a.policy:9: unknown verb" },
	{ "another role's verb", GOOD "reach queue-mgr: deliver # why\n",
	    "a.policy:9: queue-mgr does not take the verb deliver" },
	{ "reach without a colon", GOOD "reach queue-mgr queue_new # why\n",
	    "a.policy:9: expected \"reach" },
	{ "unknown group", GOOD "syscalls net # why\n",
	    "a.policy:9: unknown word \"net\"" },
	{ "a list of ENOSYS as a group", GOOD "syscalls probes # why\n",
	    "a.policy:9: unknown word \"probes\"" },
	{ "unknown call", GOOD "allow fly # why\n",
	    "a.policy:9: unknown system call fly" },
	{ "unknown call with a mark", GOOD "allow fly? # why\n",
	    "a.policy:9: unknown system call fly" },
	{ "unknown constant", GOOD "allow fcntl arg1 == F_FLY # why\n",
	    "a.policy:9: expected \"argN ==" },
	{ "ordered comparison", GOOD "allow fcntl arg1 <= 4 # why\n",
	    "a.policy:9: expected \"argN ==" },
	{ "an address cannot be tested", GOOD "allow read arg1 == 0 # why\n",
	    "a.policy:9: arg1 of read cannot be tested" },
	{ "65 bits", GOOD "allow fcntl arg1 == 0x100000000 # why\n",
	    "a.policy:9: expected \"argN ==" },
	{ "no argument 6", GOOD "allow fcntl arg6 == 1 # why\n",
	    "a.policy:9: expected \"argN ==" },
	{ "never true", GOOD "allow fcntl arg1 & 1 == 2 # why\n",
	    "a.policy:9: condition on arg1 never" },
	{ "twice the same argument",
	    GOOD "allow fcntl arg1 == 1, arg1 == 2 # why\n",
	    "a.policy:9: one condition an argument" },
	{ "comma at the end", GOOD "allow fcntl arg1 == 1, # why\n",
	    "a.policy:9: expected a condition" },
	{ "allowed and answered", GOOD "enosys probes\nallow mseal=462 # y\n",
	    "a.policy:10: system call 462 is allowed and also" },
	{ "socket without a network",
	    GOOD "allow socket arg0 == AF_INET # why\n",
	    "a.policy:9: socket is not for" },
	{ "open in an empty root", GOOD "allow openat # why\n",
	    "a.policy:9: openat is not for" },
	{ "exec", GOOD "allow execve # why\n", "a.policy:9: execve is not" },
	{ "io_uring", GOOD "allow io_uring_setup # why\n",
	    "a.policy:9: io_uring_setup is not" },
	{ "caps for anyone", GOOD "caps kill # why\n", "a.policy:0: caps" },
	{ "path out of the root", GOOD "landlock read ../x # why\n",
	    "a.policy:9: \"../x\" is not a path" },
	{ "absolute path", GOOD "landlock read /etc # why\n",
	    "a.policy:9: \"/etc\" is not a path" },
	{ "path in an empty root", GOOD "landlock read x # why\n",
	    "a.policy:0: paths below an empty root" },
	{ "unknown right", GOOD "landlock eat x # why\n",
	    "a.policy:9: unknown word \"eat\"" },
	{ "port without a network", GOOD "landlock connect 25 # why\n",
	    "a.policy:0: ports without a network" },
	{ "no such port", GOOD "landlock connect 65536 # why\n",
	    "a.policy:9: unknown word \"65536\"" },
	{ "unknown limit", GOOD "limit mood 1\n", "a.policy:9: unknown word" },
	{ "limit that is none", GOOD "limit as lots\n",
	    "a.policy:9: unknown word \"lots\"" },
	{ "limit twice", GOOD "limit as 1\nlimit as 2\n",
	    "a.policy:10: second limit" },
	{ "unknown descriptor", GOOD "receive gold # why\n",
	    "a.policy:9: unknown word \"gold\"" },
	{ "unknown class", GOOD "serve tea # why\n",
	    "a.policy:9: unknown word \"tea\"" },
	{ "same user", "role a \"a\"\nkind shared\nuser _q\ngroup _a\n"
	    "network none\nroot empty\n", "q.policy:0: user _q is another" },
	{ "open quote", "role a \"a\n", "a.policy:1: a quote" },
};

ATF_TC_WITHOUT_HEAD(policy);
ATF_TC_BODY(policy, tc)
{
	struct arena *a;
	const char *got;
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		a = arena_new(0);
		got = build(a, policies[i].text);
		ATF_CHECK_MSG(policies[i].want[0] == '\0' ? got[0] == '\0' :
		    strncmp(got, policies[i].want,
		    strlen(policies[i].want)) == 0,
		    "%s: got \"%s\", want \"%s\"", policies[i].label, got,
		    policies[i].want);
		arena_free(&a);
	}
}

static const struct {
	const char	*label;
	int		(*fn)(struct model *, const char *, struct view);
	const char	*text, *want;
} files[] = {
	{ "group without a comment", model_groups,
	    "group g \"x\"\ncalls read\n", "2: calls has no comment" },
	{ "calls before a group", model_groups, "calls read # x\n",
	    "1: expected a group" },
	{ "group twice", model_groups, "group g \"x\"\ngroup g \"y\"\n",
	    "2: second group" },
	{ "ENOSYS with a condition", model_groups,
	    "enosys g \"x\"\nallow fcntl arg1 == 1\n", "2: unknown word" },
	{ "wrong number", model_groups,
	    "enosys g \"x\"\ncalls clone3=436\n", "2: wrong number" },
	{ "number of an old call", model_groups,
	    "enosys g \"x\"\ncalls new=1\n", "2: wrong number" },
	{ "two roles on a line", model_roles, "a b\n", "1: expected the name" },
	{ "role in capitals", model_roles, "A\n", "1: expected the name" },
	{ "no verb", model_verbs, "verb(a, b)\n", "1: expected VERB" },
	{ "verb cut short", model_verbs, "VERB(a\n", "1: expected VERB" },
	{ "verb twice", model_verbs, "VERB(a, b)\nVERB(c, b)\n",
	    "2: second verb" },
};

ATF_TC_WITHOUT_HEAD(shared_files);
ATF_TC_BODY(shared_files, tc)
{
	struct arena *a;
	char got[600];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		a = arena_new(0);
		model_init(&m, a);
		ATF_CHECK_EQ_MSG(files[i].fn(&m, "f", view_of(files[i].text)),
		    -1, "%s: taken", files[i].label);
		snprintf(got, sizeof(got), "%u: %s", m.error.line,
		    m.error.text);
		ATF_CHECK_MSG(strncmp(got, files[i].want,
		    strlen(files[i].want)) == 0, "%s: got \"%s\"",
		    files[i].label, got);
		arena_free(&a);
	}
}

ATF_TC_WITHOUT_HEAD(role_without_policy);
ATF_TC_BODY(role_without_policy, tc)
{
	struct arena *a = arena_new(0);

	model_init(&m, a);
	ATF_REQUIRE_EQ(model_roles(&m, "roles", view_of("a\n")), 0);
	ATF_CHECK_EQ(model_finish(&m), -1);
	ATF_CHECK(strstr(m.error.text, "\"a\" has no policy") != NULL);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(filter);
ATF_TC_BODY(filter, tc)
{
	static struct sock_filter code[FILTER_MAX];
	struct seccomp_data d = { .arch = 0 };
	struct arena *a = arena_new(0);
	uint32_t action;
	size_t n;

	ATF_REQUIRE_STREQ(build(a, GOOD "enosys probes\n"), "");
	ATF_REQUIRE_EQ(filter_compile(&m, m.roles[0], code, &n), 0);
	ATF_CHECK(n > 3);
	ATF_REQUIRE(bpf_run(code, n, &d, &action));
	ATF_CHECK_EQ_MSG(action, SECCOMP_RET_KILL_PROCESS, "%#x", action);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, policy);
	ATF_TP_ADD_TC(tp, shared_files);
	ATF_TP_ADD_TC(tp, role_without_policy);
	ATF_TP_ADD_TC(tp, filter);
	return (atf_no_error());
}
