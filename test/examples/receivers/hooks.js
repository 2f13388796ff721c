import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.HOOK_SECRET);
const banned = new Set(["+12015550199"]); // in your app: your tables
createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  try {
    const { type, data } = webhook.verify(body, request.headers);
    const answer = { allow: !banned.has(data.phone_number) };
    if (type === "before_session") answer.claims = { role: "member" };
    response.writeHead(200).end(JSON.stringify(answer));
  } catch {
    response.writeHead(401).end();
  }
}).listen(Number(process.env.PORT ?? 9001), "127.0.0.1");
