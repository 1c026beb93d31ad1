import { writeFileSync } from "node:fs";
import { adapterTable, adapterTablePath } from "./adapter-table.ts";
import { joinedFrameworks } from "./joined-frameworks.ts";

writeFileSync(adapterTablePath, adapterTable(joinedFrameworks));
