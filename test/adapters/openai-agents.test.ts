import { openAiAgentsFrameworks } from "./openai-agents-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(openAiAgentsFrameworks);
