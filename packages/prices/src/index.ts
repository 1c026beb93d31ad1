/** @module Prices of language models: from a maintained table, or given by you. */
export { createModelPrices, type ModelPricesOptions } from "./create-model-prices.ts";
export type { ModelPriceOption } from "./model-price-option.ts";
