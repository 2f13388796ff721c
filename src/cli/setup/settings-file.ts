import { basename } from "node:path";
import { setEnvLines } from "../env-lines.ts";
import { readText, writeWhole } from "../whole-file.ts";
import { done, failed, type Step } from "./step.ts";

/** A file of `NAME=value` lines that the set-up writes. */
export interface SettingsFile {
  readonly path: string;
  /** The first lines of a new file. */
  readonly header: string;
  readonly mode: number;
}

/** Sets these lines and keeps every other line. Returns a sentence if a value cannot be written. */
export async function saveSettings(
  { path, header, mode }: SettingsFile,
  values: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const next = setEnvLines((await readText(path)) ?? header, values);
  if (next === undefined) return "a value cannot be written on one line";
  await writeWhole(path, next, mode);
  return undefined;
}

export function writeStep(file: SettingsFile, values: Readonly<Record<string, string>>): Step {
  return {
    title: `Write ${basename(file.path)}: ${Object.keys(values).join(", ")}`,
    run: async () => {
      const problem = await saveSettings(file, values);
      return problem === undefined
        ? done()
        : failed({ detail: problem, cure: "Remove line breaks and mixed quotes from the value." });
    },
  };
}
