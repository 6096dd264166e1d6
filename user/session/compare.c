// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* compare.c - reads two recordings and compares their reboots; the options that go with that. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "past/load.h"
#include "session/compare.h"
#include "session/opts_refused.h"

static int load_side(struct gm_session *s, struct gm_rbdiff_side *side)
{
	int err = gm_past_load(side->name, &s->opts.at, s->opts.map, true, NULL, NULL, &side->m);

	if (!err)
		err = gm_rbdiff_end(side, s->opts.vm);
	if (!err && s->opts.vm && !gm_model_has_vm(side->m, s->opts.vm))
		gm_warn("--vm %s: no VM of that name, id or process is in %s", s->opts.vm, side->name);
	if (!err && side->m->lost)
		s->lost = true;
	return err;
}

static void check_limits(struct gm_session *s, const struct gm_rbdiff *d, const struct gm_rblimits *limits)
{
	for (unsigned int i = 0; i < limits->nr; i++) {
		enum gm_rblimit_result result = gm_rblimit_check(&limits->at[i], d);

		s->condition_holds |= result == GM_LIMIT_EXCEEDED;
		if (result != GM_LIMIT_UNKNOWN)
			continue;
		s->condition_unknown = true;
		gm_err(0, "--fail-if '%s' cannot be checked: it is n/a, or there are too few reboots",
		       limits->at[i].text);
	}
}

static int write_all(struct gm_session *s, const struct gm_rbdiff *d, const struct gm_rblimits *limits,
		     struct gm_str *page)
{
	if (page)
		gm_rbdiff_html(page, d, limits);
	if (page != &s->out)
		(s->opts.json ? gm_rbdiff_json : gm_rbdiff_text)(&s->out, d, limits);
	return page && page->err ? page->err : gm_session_flush(s);
}

static int compare(struct gm_session *s, const struct gm_compare *c, struct gm_str *page)
{
	struct gm_rbdiff_side side_a = { .name = c->a }, side_b = { .name = c->b };
	struct gm_rbdiff *d = calloc(1, sizeof(*d));
	int err = d ? load_side(s, &side_a) : -ENOMEM;

	if (!err)
		err = load_side(s, &side_b);
	if (!err)
		err = gm_rbdiff_make(d, &side_a, &side_b);
	if (!err)
		err = write_all(s, d, &c->limits, page);
	if (!err)
		check_limits(s, d, &c->limits);
	gm_rbdiff_release(&side_a);
	gm_rbdiff_release(&side_b);
	free(d);
	return err;
}

int gm_compare_run(const struct gm_compare *c, struct gm_out_file *html, struct gm_session *s)
{
	int err = gm_out_file_open(html, s);

	if (err)
		return err;
	s->writes_elsewhere = html->path;
	err = compare(s, c, html->path ? gm_out_file_text(html, s) : NULL);
	if (!err)
		err = gm_out_file_commit(html);
	return err ? err : 1;
}

/* ---- options ---- */

int gm_compare_parse_limit(void *target, const char *arg, char *why, size_t size)
{
	return gm_rblimit_add(target, arg, why, size);
}

void gm_compare_argument(struct gm_compare *c, unsigned int nr, const char *word, struct argp_state *state)
{
	if (!c->a || nr)
		argp_error(state, "unexpected argument: '%s' (a COMMAND comes after --, a recording after --replay)",
			   word);
	c->b = word;
}

void gm_compare_check(const struct gm_compare *c, const char *own, const char *html, struct argp_state *state,
		      const struct gm_session *s)
{
	uint32_t with = GM_GIVEN_VM | GM_GIVEN_AT | GM_GIVEN_MAP;
	const char *given;
	char name[32];

	if (c->limits.nr && !c->a)
		argp_error(state, "--fail-if needs --compare A.rec B.rec");
	if (!c->a)
		return;
	if (!c->b)
		argp_error(state, "--compare needs two recordings: --compare A.rec B.rec");
	given = own ? own : gm_comparison_refuses(name, sizeof(name), s, with);
	if (given)
		argp_error(state,
			   "--compare does not go with %s (only with --fail-if, --json, --html, --vm, --at, "
			   "--machine-map and --strict)",
			   given);
	if (html && (gm_session_would_overwrite(html, c->a) || gm_session_would_overwrite(html, c->b)))
		argp_error(state, "%s is an input: it cannot be an output, too", html);
}
