import type { NetworkHost } from "./network-host.ts";
import type { TwilioTarget } from "./twilio-target.ts";

export interface Running {
  readonly workerUrl: string;
  readonly twinUrl: string;
  /** The network address on which the Worker also listens. */
  readonly network: NetworkHost | undefined;
  readonly target: TwilioTarget;
  readonly createdDevVars: boolean;
  /** The problems that the Worker and the twin report. */
  readonly problems: readonly string[];
}

const examplePhone = "+12015550123";

/** Returns the text that the terminal shows when the Worker and the twin both answer. */
export function readyBlock(running: Running): string {
  const { workerUrl, twinUrl, network, target, problems } = running;
  const networkUrl = network && workerUrl.replace("127.0.0.1", network.address);
  const usesTwin = target.kind === "twin" || target.kind === "twin_instead";
  const paragraphs = [
    problems.length === 0
      ? ["Phonegate is running."]
      : [
          "Phonegate is running, but it cannot work with these settings:",
          ...problems.map((problem) => `  - ${problem}`),
          "Correct them in .dev.vars and start again.",
        ],
    [
      `  Worker        ${workerUrl}  (open it: the demo)`,
      ...(networkUrl === undefined ? [] : [`  and           ${networkUrl}  (the same)`]),
      `  Twin's phone  ${twinUrl}  ${usesTwin ? "(open it: texts and calls arrive there)" : "(not used)"}`,
    ],
    networkUrl !== undefined && network?.isOpen === true ? openLines(networkUrl, twinUrl) : [],
    targetLines(target),
    [
      "Send a code:",
      `  curl -s ${workerUrl}/v1/verifications -H 'content-type: application/json' -d '{"to":"${examplePhone}"}'`,
      ...(usesTwin
        ? ["Read the code:", `  curl -s '${twinUrl}/inbox.json?to=${examplePhone}'`]
        : []),
    ],
    [
      running.createdDevVars
        ? "Settings: .dev.vars, which was just written with new keys. Ctrl-C stops both."
        : "Settings: .dev.vars, unchanged. Ctrl-C stops both.",
    ],
  ];
  const text = paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `\n${text.join("\n\n")}\n`;
}

/** Explains which parts `--host` opens to the network. */
const openLines = (networkUrl: string, twinUrl: string): string[] => [
  `OPEN TO THE LOCAL NETWORK, without encryption, until Ctrl-C: ${networkUrl}`,
  "  - Every device there can open the demo, ask for codes and guess them, and read the traffic of others.",
  "  - The tokens are signed with the keys of .dev.vars: no production app may accept them.",
  `  - The twin, which shows the codes, stays on this machine: ${twinUrl}`,
];

function targetLines(target: TwilioTarget): string[] {
  const unused = "The twin is running but not used.";
  switch (target.kind) {
    case "twin":
      return [];
    case "twin_instead":
      return [
        `The Worker calls the twin at ${target.baseUrl}, because TWIN_PORT is set. (.dev.vars names ${target.configured}.)`,
      ];
    case "elsewhere":
      return [
        `The Worker calls ${target.configured}, as set in .dev.vars. ${unused}`,
        ...(target.local
          ? ["To use the twin, set TWIN_PORT or change TWILIO_BASE_URL in .dev.vars."]
          : []),
      ];
    case "twilio":
      return [
        "The Worker calls the real Twilio, because .dev.vars has no TWILIO_BASE_URL: messages are really sent and cost money.",
        unused,
      ];
  }
  target satisfies never;
  return [];
}
