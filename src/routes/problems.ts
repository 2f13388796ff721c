import { Router } from "../http/router.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { problemPage } from "../pages/problem-page.ts";
import { isProblemCode, Problem } from "../problem.ts";

export const problems = new Router()
  .get("/problems/:code", (c) => {
    const code = c.req.param("code");
    if (!isProblemCode(code)) throw new Problem("not_found");
    c.header("Cache-Control", "public, max-age=3600");
    c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    return c.html(problemPage(code));
  })
  .all("/problems/:code", methodNotAllowed("GET"));
