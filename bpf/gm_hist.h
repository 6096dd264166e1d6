/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_hist.h - one histogram layout, in BPF and in user space.
 *
 * Base-2 exponential buckets of SECONDS, schema (OTLP: scale) 3: eight buckets an octave, each
 * 9.05 % wide, so a value is known to +-4.4 %. Bucket i, numbered as in Prometheus native
 * histograms, holds 2^((i-1)/8) s < v <= 2^(i/8) s: upper bounds are inclusive. OpenTelemetry's
 * exponential histogram numbers the same bucket i - 1.
 * (Prometheus: specification of native histograms, "standard exponential schemas";
 *  OpenTelemetry: metrics data model, "ExponentialHistogram".)
 *
 * slot	0		v <= 2^-24 s (59 ns), underflow
 * slot	1 .. 288	buckets -191 .. 96: up to 2^12 s
 * slot	289		above, overflow
 *
 * Octaves of nanoseconds and of seconds do not line up, so log2(ns) cannot be converted. Here
 * the slot is found exactly, with integers only: the table holds floor(1e9 * 2^(i/8)) for every
 * bucket bound, and for an integer v, v <= bound is v <= floor(bound). The position of the top bit
 * leaves at most one octave bound undecided; three more comparisons find the eighth.
 */
#ifndef GM_HIST_H
#define GM_HIST_H

#include "gm_wire.h"

#define GM_HIST_SCHEMA		3
#define GM_HIST_PER_OCTAVE	8
#define GM_HIST_BOUNDS		289	/* upper bounds of slots 0 .. 288 */
#define GM_HIST_SLOT_OF_PROM(i)	((i) + 192)
#define GM_HIST_PROM_OF_SLOT(s)	((int)(s) - 192)

/* Upper bound of each slot in ns, rounded down: slot s holds bounds[s - 1] < ns <= bounds[s]. */
static const __u64 gm_hist_bounds[GM_HIST_BOUNDS] = {
	59ULL, 64ULL, 70ULL, 77ULL, 84ULL, 91ULL, 100ULL, 109ULL,
	119ULL, 129ULL, 141ULL, 154ULL, 168ULL, 183ULL, 200ULL, 218ULL,
	238ULL, 259ULL, 283ULL, 309ULL, 337ULL, 367ULL, 400ULL, 437ULL,
	476ULL, 519ULL, 567ULL, 618ULL, 674ULL, 735ULL, 801ULL, 874ULL,
	953ULL, 1039ULL, 1134ULL, 1236ULL, 1348ULL, 1470ULL, 1603ULL, 1749ULL,
	1907ULL, 2079ULL, 2268ULL, 2473ULL, 2697ULL, 2941ULL, 3207ULL, 3498ULL,
	3814ULL, 4159ULL, 4536ULL, 4947ULL, 5394ULL, 5883ULL, 6415ULL, 6996ULL,
	7629ULL, 8319ULL, 9072ULL, 9894ULL, 10789ULL, 11766ULL, 12831ULL, 13992ULL,
	15258ULL, 16639ULL, 18145ULL, 19788ULL, 21579ULL, 23532ULL, 25662ULL, 27984ULL,
	30517ULL, 33279ULL, 36291ULL, 39576ULL, 43158ULL, 47064ULL, 51324ULL, 55969ULL,
	61035ULL, 66559ULL, 72583ULL, 79152ULL, 86316ULL, 94129ULL, 102648ULL, 111938ULL,
	122070ULL, 133118ULL, 145166ULL, 158305ULL, 172633ULL, 188258ULL, 205296ULL, 223877ULL,
	244140ULL, 266237ULL, 290333ULL, 316611ULL, 345266ULL, 376516ULL, 410593ULL, 447755ULL,
	488281ULL, 532474ULL, 580667ULL, 633222ULL, 690533ULL, 753032ULL, 821187ULL, 895511ULL,
	976562ULL, 1064948ULL, 1161335ULL, 1266444ULL, 1381067ULL, 1506065ULL, 1642375ULL, 1791023ULL,
	1953125ULL, 2129897ULL, 2322670ULL, 2532889ULL, 2762135ULL, 3012130ULL, 3284751ULL, 3582047ULL,
	3906250ULL, 4259795ULL, 4645340ULL, 5065779ULL, 5524271ULL, 6024261ULL, 6569503ULL, 7164094ULL,
	7812500ULL, 8519591ULL, 9290680ULL, 10131559ULL, 11048543ULL, 12048522ULL, 13139006ULL, 14328188ULL,
	15625000ULL, 17039183ULL, 18581361ULL, 20263118ULL, 22097086ULL, 24097044ULL, 26278012ULL, 28656376ULL,
	31250000ULL, 34078366ULL, 37162722ULL, 40526236ULL, 44194173ULL, 48194088ULL, 52556025ULL, 57312752ULL,
	62500000ULL, 68156733ULL, 74325444ULL, 81052472ULL, 88388347ULL, 96388176ULL, 105112051ULL, 114625505ULL,
	125000000ULL, 136313466ULL, 148650889ULL, 162104944ULL, 176776695ULL, 192776353ULL, 210224103ULL, 229251010ULL,
	250000000ULL, 272626933ULL, 297301778ULL, 324209888ULL, 353553390ULL, 385552706ULL, 420448207ULL, 458502021ULL,
	500000000ULL, 545253866ULL, 594603557ULL, 648419777ULL, 707106781ULL, 771105412ULL, 840896415ULL, 917004043ULL,
	1000000000ULL, 1090507732ULL, 1189207115ULL, 1296839554ULL,
	1414213562ULL, 1542210825ULL, 1681792830ULL, 1834008086ULL,
	2000000000ULL, 2181015465ULL, 2378414230ULL, 2593679109ULL,
	2828427124ULL, 3084421650ULL, 3363585661ULL, 3668016172ULL,
	4000000000ULL, 4362030930ULL, 4756828460ULL, 5187358218ULL,
	5656854249ULL, 6168843301ULL, 6727171322ULL, 7336032345ULL,
	8000000000ULL, 8724061861ULL, 9513656920ULL, 10374716437ULL,
	11313708498ULL, 12337686603ULL, 13454342644ULL, 14672064691ULL,
	16000000000ULL, 17448123722ULL, 19027313840ULL, 20749432874ULL,
	22627416997ULL, 24675373206ULL, 26908685288ULL, 29344129382ULL,
	32000000000ULL, 34896247445ULL, 38054627680ULL, 41498865748ULL,
	45254833995ULL, 49350746413ULL, 53817370576ULL, 58688258765ULL,
	64000000000ULL, 69792494890ULL, 76109255360ULL, 82997731497ULL,
	90509667991ULL, 98701492826ULL, 107634741152ULL, 117376517530ULL,
	128000000000ULL, 139584989781ULL, 152218510720ULL, 165995462995ULL,
	181019335983ULL, 197402985652ULL, 215269482304ULL, 234753035060ULL,
	256000000000ULL, 279169979562ULL, 304437021440ULL, 331990925990ULL,
	362038671967ULL, 394805971304ULL, 430538964609ULL, 469506070120ULL,
	512000000000ULL, 558339959124ULL, 608874042881ULL, 663981851981ULL,
	724077343935ULL, 789611942608ULL, 861077929219ULL, 939012140241ULL,
	1024000000000ULL, 1116679918249ULL, 1217748085762ULL, 1327963703962ULL,
	1448154687870ULL, 1579223885217ULL, 1722155858439ULL, 1878024280483ULL,
	2048000000000ULL, 2233359836498ULL, 2435496171525ULL, 2655927407925ULL,
	2896309375740ULL, 3158447770435ULL, 3444311716879ULL, 3756048560966ULL,
	4096000000000ULL,
};

/* Position of the highest bit set; v > 0. Without a loop or a call, for the verifier's sake. */
static inline __attribute__((always_inline)) __u32 gm_log2(__u64 v)
{
	__u32 r = 0;

	if (v >> 32) {
		v >>= 32;
		r += 32;
	}
	if (v >> 16) {
		v >>= 16;
		r += 16;
	}
	if (v >> 8) {
		v >>= 8;
		r += 8;
	}
	if (v >> 4) {
		v >>= 4;
		r += 4;
	}
	if (v >> 2) {
		v >>= 2;
		r += 2;
	}
	if (v >> 1)
		r += 1;
	return r;
}

/*
 * Slot of a duration. The octave bounds are 1e9 * 2^k ns: one in each [2^p, 2^(p+1)), since
 * 1e9 = 1.86 * 2^29; so for ns in that range the octave is the one that ends at bound k = p - 29
 * or the next. Octave o (from 0) covers slots 8 o + 1 .. 8 o + 8.
 */
static inline __attribute__((always_inline)) __u32 gm_hist_slot(__u64 ns)
{
	__u32 o, s;

	if (ns <= gm_hist_bounds[0])
		return 0;
	if (ns > gm_hist_bounds[GM_HIST_BOUNDS - 1])
		return GM_HIST_SLOTS - 1;
	o = gm_log2(ns) - 29 + 24 - 1; /* 59 < ns <= 4.4e12: 5 <= log2 <= 42 */
	if (o > 35)		       /* log2 5 (60..63 ns) wraps below octave 0; bounds o for the verifier, too */
		o = 0;
	else if (ns > gm_hist_bounds[8 * o + 8] && o < 35)
		o++;
	s = 8 * o; /* slots s + 1 .. s + 8; find the first bound >= ns */
	if (ns > gm_hist_bounds[s + 4])
		s += 4;
	if (ns > gm_hist_bounds[s + 2])
		s += 2;
	if (ns > gm_hist_bounds[s + 1])
		s += 1;
	return s + 1;
}

/*
 * Slot of a duration, by two tables for those below 65536 ns: fine[ns] holds the slot of each ns below 1024; above, a
 * slot is wider than 64 ns (9.05 % of 1024), so no two bounds are within one stretch of 64: coarse[ns / 64] holds the
 * slot of its first ns, and one comparison shows whether ns is in the next. Filled by gm_hist_tables().
 */
#define GM_SLOT_FINE	1024
#define GM_SLOT_COARSE	1024

static inline __attribute__((always_inline)) __u32 gm_hist_slot_quick(__u64 ns, const volatile __u16 *fine,
								      const volatile __u16 *coarse)
{
	__u32 s;

	if (ns < GM_SLOT_FINE)
		return fine[ns];
	if (ns >= 64 * GM_SLOT_COARSE)
		return gm_hist_slot(ns);
	s = coarse[ns / 64];
	if (s < GM_HIST_BOUNDS && ns > gm_hist_bounds[s])
		s++;
	return s;
}

#endif
