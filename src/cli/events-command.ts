// `npm run events`: the events that the app's backend did not take, and sends them once more.
import { parseArgs } from "node:util";
import { runAsScript, type CommandIo, type Main } from "./command.ts";

const usage = `Lists the events that are not tried any more, the newest first.

  PHONEGATE_ADMIN_KEY=sk_… npm run events -- --url https://auth.example.com
  … --retry          sends all of them once more
  … --id evt_…       with --retry: this one; may be given several times

The key lists the scope admin:read, for --retry admin. Without --url: http://127.0.0.1:8787.
The exit code is 0, or 1 when the Worker refused, or 2 when it could not be asked.
`;

interface Options {
  readonly url: string;
  readonly key: string;
  readonly retries: boolean;
  readonly ids: readonly string[];
}

/** The options, or what is wrong with them. */
function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: "string", default: "http://127.0.0.1:8787" },
        retry: { type: "boolean", default: false },
        id: { type: "string", multiple: true, default: [] },
      },
    });
    const key = env.PHONEGATE_ADMIN_KEY ?? "";
    if (!key.startsWith("sk_")) return "PHONEGATE_ADMIN_KEY must be a service key, sk_….";
    if (!URL.canParse(values.url)) return "--url must be the Worker's origin.";
    if (values.id.length > 0 && !values.retry) return "--id goes with --retry.";
    return { url: values.url, key, retries: values.retry, ids: values.id };
  } catch (error) {
    // What parseArgs says of an unknown option names it.
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

async function ask({ url, key, retries, ids }: Options): Promise<Response | undefined> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const body = JSON.stringify(ids.length > 0 ? { ids } : {});
  const path = retries ? "/v1/admin/events/retry" : "/v1/admin/events";
  const init = retries ? { method: "POST", headers, body } : { headers };
  try {
    return await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(30_000) });
  } catch {
    return undefined;
  }
}

interface Letter {
  readonly id: string;
  readonly type: string;
  readonly occurred_at: string;
  readonly died_at: string;
  readonly reason: string;
}
interface Answer {
  readonly dead_letters?: readonly Letter[];
  readonly retried?: number;
  readonly left?: number;
  readonly title?: string;
}

/** Empty where the answer is no JSON: something else stands at that address. */
async function readAnswer(response: Response): Promise<Answer> {
  try {
    const answer: Answer = JSON.parse(await response.text());
    return answer;
  } catch {
    return {};
  }
}

async function run(options: Options, io: CommandIo): Promise<number> {
  const response = await ask(options);
  if (response === undefined) {
    io.complain(`${options.url} did not answer.`);
    return 2;
  }
  const { dead_letters, retried, left, title } = await readAnswer(response);
  if (!response.ok) {
    io.complain(`${response.status} ${title ?? ""}`.trim());
    return 1;
  }
  if (retried !== undefined) io.say(`${retried} sent once more, ${left} left.`);
  else if (dead_letters?.length === 0) io.say("Every event was taken, or is still tried.");
  for (const letter of dead_letters ?? []) io.say(rowOf(letter));
  return 0;
}

const rowOf = ({ id, type, occurred_at, died_at, reason }: Letter): string =>
  `${died_at}  ${reason.padEnd(10)}  ${type.padEnd(22)}  ${id}  occurred ${occurred_at}`;

export const main: Main = async (args, env, io) => {
  if (args.includes("--help")) {
    io.say(usage);
    return 0;
  }
  const options = readOptions(args, env);
  if (typeof options !== "string") return run(options, io);
  io.complain(`${options}\n\n${usage}`);
  return 2;
};

await runAsScript(import.meta.filename, main);
