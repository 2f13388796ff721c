import type { NetworkHost } from "./network-host.ts";
import type { TwilioTarget } from "./twilio-target.ts";

export interface Running {
  readonly workerUrl: string;
  readonly twinUrl: string;
  /** Where the Worker listens beside. */
  readonly network: NetworkHost | undefined;
  readonly target: TwilioTarget;
  readonly createdDevVars: boolean;
  /** What the Worker and the twin complain about. */
  readonly problems: readonly string[];
}

const examplePhone = "+12015550123";

/** What the terminal shows once both answer. */
export function readyBlock(running: Running): string {
  const { workerUrl, twinUrl, network, target, problems } = running;
  const networkUrl = network && workerUrl.replace("127.0.0.1", network.address);
  const usesTwin = target.kind === "twin" || target.kind === "twin_instead";
  const paragraphs = [
    problems.length === 0
      ? ["Phonegate is running."]
      : [
          "Phonegate is running, but it cannot work like this:",
          ...problems.map((problem) => `  - ${problem}`),
          "Mend that in .dev.vars and start again.",
        ],
    [
      `  Worker        ${workerUrl}  (open it: the demo)`,
      ...(networkUrl === undefined ? [] : [`  and           ${networkUrl}  (the same)`]),
      `  Twin's phone  ${twinUrl}  ${usesTwin ? "(open it: texts and calls arrive here)" : "(not used)"}`,
    ],
    networkUrl !== undefined && network?.isOpen === true ? openLines(networkUrl, twinUrl) : [],
    targetLines(target),
    [
      "Send a code:",
      `  curl -s ${workerUrl}/v1/verifications -H 'content-type: application/json' -d '{"to":"${examplePhone}"}'`,
      ...(usesTwin ? ["and read it:", `  curl -s '${twinUrl}/inbox.json?to=${examplePhone}'`] : []),
    ],
    [
      running.createdDevVars
        ? "Settings: .dev.vars, written now with fresh keys. Ctrl-C stops both."
        : "Settings: .dev.vars, as it was. Ctrl-C stops both.",
    ],
  ];
  const text = paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `\n${text.join("\n\n")}\n`;
}

/** What `--host` opens, and what it does not. */
const openLines = (networkUrl: string, twinUrl: string): string[] => [
  `OPEN TO THE LOCAL NETWORK, without encryption, until Ctrl-C: ${networkUrl}`,
  "  - Every device there can open the demo, ask for codes and guess them, and read what others send.",
  "  - The tokens are signed with the keys of .dev.vars: no real app may accept them.",
  `  - The twin, which shows the codes, stays on this machine: ${twinUrl}`,
];

function targetLines(target: TwilioTarget): string[] {
  const unused = "The twin is running but not used.";
  switch (target.kind) {
    case "twin":
      return [];
    case "twin_instead":
      return [
        `Worker talks to ${target.baseUrl}, the twin, since TWIN_PORT says so; .dev.vars says ${target.configured}.`,
      ];
    case "elsewhere":
      return [
        `Worker talks to ${target.configured} as .dev.vars says. ${unused}`,
        ...(target.local ? ["Set TWIN_PORT, or change TWILIO_BASE_URL there, to use it."] : []),
      ];
    case "twilio":
      return [
        "Worker talks to Twilio itself as .dev.vars says (no TWILIO_BASE_URL): real messages, real money.",
        unused,
      ];
  }
  target satisfies never;
  return [];
}
