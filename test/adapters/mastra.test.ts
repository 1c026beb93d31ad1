import { mastraFrameworks } from "./mastra-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(mastraFrameworks);
