import { plainFunctionFrameworks } from "./plain-functions-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(plainFunctionFrameworks);
