// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libelf_static.c - for STATIC=1: what elfutils 0.192's libelf.a (Debian 13) calls and does not have.
 *
 * These two begin and end the tree in which elf_getdata_rawchunk() keeps what it gave out (elfutils lib/eu-search.c).
 * Nothing here calls that function, so the tree stays empty, in memory that elf_begin() has zeroed. Where libelf.a
 * has them, or needs none, these are not used or do as little.
 */
__attribute__((weak)) void eu_search_tree_init(void *tree);
__attribute__((weak)) void eu_search_tree_fini(void *tree, void (*free_node)(void *node));

void eu_search_tree_init(void *tree)
{
	(void)tree;
}

void eu_search_tree_fini(void *tree, void (*free_node)(void *node))
{
	(void)tree;
	(void)free_node;
}
