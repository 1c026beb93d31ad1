import { langChainFrameworks } from "./langchain-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(langChainFrameworks);
