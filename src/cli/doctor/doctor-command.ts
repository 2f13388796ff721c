// `npm run doctor`: finds wrong settings before users notice them. Changes nothing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readBaseUrl } from "../../config/twilio.ts";
import { EnvReader } from "../../lib/env-reader.ts";
import { runAsScript, type Main } from "../command.ts";
import { examine } from "./examine.ts";
import { readPatient, type Mode } from "./patient.ts";
import { exitCodeOf } from "./row.ts";
import { table } from "./table.ts";

const usage = `Checks the settings, the Twilio account and wrangler.toml. Changes nothing.

  npm run doctor                       checks .dev.vars if it exists, otherwise the deployment
  npm run doctor -- --production       checks the deployment
  npm run doctor -- --settings FILE    checks wrangler.toml and another settings file
  npm run doctor -- --json             prints JSON
  … --twilio-base-url URL              calls the twin instead of Twilio

The exit code is 0 without a failure, 1 with a failure, 2 if the checks could not run.
`;

interface Options {
  readonly mode: Mode;
  readonly isJson: boolean;
  readonly twilioBaseUrl: string | undefined;
}

function readOptions(args: readonly string[], directory: string): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        production: { type: "boolean", default: false },
        settings: { type: "string" },
        "twilio-base-url": { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const path = values.settings;
    if (values.help) return "";
    const reader = new EnvReader({ TWILIO_BASE_URL: values["twilio-base-url"] });
    const twilioBaseUrl = readBaseUrl(reader);
    const [problem] = reader.problems;
    if (problem !== undefined) return problem;
    const common = { isJson: values.json, twilioBaseUrl };
    if (path !== undefined && values.production)
      return "--production and --settings exclude each other: give one of them.";
    if (path !== undefined) return { mode: { kind: "file", path }, ...common };
    const isLocal = !values.production && existsSync(join(directory, ".dev.vars"));
    return { mode: { kind: isLocal ? "local" : "production" }, ...common };
  } catch (error) {
    // The message of parseArgs names the unknown option.
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

export const main: Main = async (args, env, io) => {
  const options = readOptions(args, io.directory);
  if (typeof options === "string") {
    io.complain(options === "" ? usage : `${options}\n\n${usage}`);
    return options === "" ? 0 : 2;
  }
  const patient = await readPatient(io, options.mode, env);
  if (typeof patient === "string") {
    io.complain(patient);
    return 2;
  }
  const rows = await examine(patient, {
    fetch,
    now: Date.now,
    twilioBaseUrl: options.twilioBaseUrl,
  });
  const exitCode = exitCodeOf(rows);
  if (options.isJson) {
    const shown = rows.map(({ area, name, status, detail, cure }) => ({
      area,
      name,
      status,
      detail,
      cure,
    }));
    io.say(JSON.stringify({ ok: exitCode === 0, source: patient.source, rows: shown }));
  } else {
    io.say(`Checking ${patient.source}\n`);
    io.say(table(rows, io.hasColours));
  }
  return exitCode;
};

await runAsScript(import.meta.filename, main);
