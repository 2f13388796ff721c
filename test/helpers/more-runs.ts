import fc from "fast-check";
import { runs } from "./runs.ts";

// Properties that name no count of their own. 100 is fast-check's own.
fc.configureGlobal({ numRuns: runs(100) });
