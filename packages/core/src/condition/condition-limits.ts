/** The longest expression, in UTF-16 code units. */
export const maximumLength = 4096;

/** How deep brackets (of groups, calls, indexes and literals) may nest, and how many signs may stand in a row. */
export const maximumNesting = 32;

/**
 * How deep the parser may go. It counts an index, what stands in it and each member of a chain such as `a.b.c` while it
 * is in that chain, so this is three for each bracket; conditionals within conditionals and long chains end here.
 */
export const maximumDepth = 3 * maximumNesting + 1;

/** How many nodes the syntax tree of one expression may have. */
export const maximumNodes = 1000;

/**
 * The work that one evaluation may do. Visiting one element of a list or map costs 1, and 1 more for each 16 nodes of
 * the macro's body. Text costs 1 for each 1,024 characters compared or joined, and 1 for each 64 gone through one by one;
 * a search in text 1 for each 4,096 comparisons that its worst case needs, a glob 1 for each 512.
 */
export const maximumSteps = 10_000;
