import { mcpFrameworks } from "./mcp-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(mcpFrameworks);
