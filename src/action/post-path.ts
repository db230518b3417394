/**
 * The path of the action's post, exactly as the runner will start it: the kernel side knows post by this word. The runner
 * starts `node <the action's directory>/<main or post of action.yml>` (its NodeScriptActionHandler).
 */
import path from "node:path";
import { WardenLimit } from "../kernel/abi.gen.ts";
import { GuardFailure } from "../session/failure.ts";

/**
 * @param words the command line of `main`
 * @throws GuardFailure when it is not what a runner would start
 */
export function postPath(words: readonly string[]): string {
  const main = words[1];
  if (main === undefined || !path.isAbsolute(main) || path.basename(main) !== "main.mjs") {
    throw new GuardFailure(`this was not started as a runner starts an action: ${words.join(" ")}`);
  }
  const post = `${main.slice(0, -"main.mjs".length)}post.mjs`;
  const bytes = Buffer.byteLength(post) + 1;
  if (bytes <= WardenLimit.POST_PATH) return post;
  throw new GuardFailure(
    `the path of the action is too long: ${post} has ${bytes} bytes, and ${WardenLimit.POST_PATH} are the limit`,
    "Use a shorter directory for the runner's work.",
  );
}
