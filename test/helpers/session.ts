import { start, type World } from "./world.ts";

/** The answer to an approval. */
export interface Session {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
  readonly subject: string;
  readonly device_token: string;
}

/** Signs in by text, as a browser or an app does. */
export async function signIn(
  world: World,
  to: string,
  more: { headers?: Record<string, string>; cf?: Record<string, string>; start?: object } = {},
): Promise<Session> {
  const { id, code } = await start(world, to, { ...more.start });
  const answer = await world.send(`/v1/verifications/${id}/check`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...more.headers },
    body: JSON.stringify({ code }),
    ...(more.cf && { cf: more.cf }),
  });
  if (answer.status !== 200) throw new Error(`not signed in: ${await answer.text()}`);
  return answer.json();
}

export const bearer = ({ access_token }: Pick<Session, "access_token">) => ({
  Authorization: `Bearer ${access_token}`,
});
