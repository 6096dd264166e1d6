// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libelf_static.c - functions that elfutils 0.192's libelf.a (Debian 13) calls and does not contain, for STATIC=1.
 *
 * The two functions create and destroy the tree in which elf_getdata_rawchunk() stores its results (elfutils
 * lib/eu-search.c). Nothing here calls elf_getdata_rawchunk(), so the tree stays empty, in memory that elf_begin() has
 * zeroed. A libelf.a that contains the functions, or does not call them, leaves these unused.
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
