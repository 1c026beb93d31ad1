/** The longest expression, in UTF-16 code units. */
export const maximumLength = 4096;

/** How deep parentheses, calls, literals, signs and conditionals may nest. */
export const maximumNesting = 32;

/** How many nodes the syntax tree of one expression may have. */
export const maximumNodes = 1000;

/**
 * The work that one evaluation may do. Visiting one element of a list or map costs 1, and 1 more for each 16 nodes of
 * the macro's body. Text costs 1 for each 1,024 characters compared or joined, and 1 for each 64 gone through one by one;
 * a search in text 1 for each 4,096 comparisons that its worst case needs, a glob 1 for each 512.
 */
export const maximumSteps = 10_000;
