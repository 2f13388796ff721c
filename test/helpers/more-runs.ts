import fc from "fast-check";
import { runs } from "./runs.ts";

// Applies to properties without their own count. 100 is fast-check's default.
fc.configureGlobal({ numRuns: runs(100) });
