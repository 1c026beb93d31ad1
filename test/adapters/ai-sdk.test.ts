import { aiSdkFrameworks } from "./ai-sdk-driver.ts";
import { tryFrameworks } from "./try-framework.ts";

tryFrameworks(aiSdkFrameworks);
