import { type ActionRun, runAction } from "./action.ts";
import type { StepContext, StepsScope } from "./context.ts";
import { evaluateCondition, evaluateFlag, evaluateMap, evaluateText } from "./expressions.ts";
import { CancelledError } from "./handler.ts";
import type { ActionManifest } from "./manifest.ts";
import { displayName } from "./names.ts";
import type { PostStep } from "./state.ts";
import type { StepRequest } from "./steps.ts";

/**
 * Runs the steps of a composite action inside one step of the job: they share its record, its log and its GITHUB_ACTION.
 * Cleanups of inner actions run together as the cleanup of this step. An inner `pre` is not supported.
 */
export async function runComposite(
  run: ActionRun,
  directory: string,
  runs: Extract<ActionManifest["runs"], { kind: "composite" }>,
  inputMap: ReadonlyMap<string, string>,
): Promise<void> {
  const outer = run.context;
  const inputs = Object.fromEntries(inputMap);
  const scope: StepsScope = {};
  const posts: { readonly post: PostStep; readonly context: StepContext }[] = [];
  let status: "success" | "failure" = "success";

  for (const step of runs.steps) {
    const context = outer.embed(step.id, scope, inputs, directory);
    const currentStatus = outer.job.status === "cancelled" ? "cancelled" : status;
    try {
      for (const [name, value] of evaluateMap(step.env, context.expressionScope(currentStatus)))
        context.env.set(name, value);
      if (!evaluateCondition(step.condition, context.expressionScope(currentStatus))) {
        context.publish("skipped", "skipped");
        continue;
      }
      const registerPost = (post: PostStep) => posts.push({ post, context });
      await runAction({
        context,
        step,
        stage: "main",
        displayName: displayName(step, context.expressionScope()),
        registerPost,
      });
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      context.error(error instanceof Error ? error.message : String(error));
      context.failed = true;
    }
    if (finish(context, step)) status = "failure";
  }

  const finalScope = outer.embed("__outputs", scope, inputs, directory).expressionScope();
  for (const [name, template] of runs.outputs) outer.setOutput(name, evaluateText(template, finalScope));
  if (status === "failure") outer.failed = true;
  if (posts.length > 0) registerPosts(run, posts);
}

/** Publishes outcome and conclusion; true when the composite action has failed with it. */
function finish(context: StepContext, step: StepRequest): boolean {
  const failed = context.failed || context.commandFailed;
  const tolerated = failed && evaluateFlag(step.continueOnError, context.expressionScope());
  context.publish(failed ? "failure" : "success", failed && !tolerated ? "failure" : "success");
  return failed && !tolerated;
}

function registerPosts(
  run: ActionRun,
  posts: readonly { readonly post: PostStep; readonly context: StepContext }[],
): void {
  run.registerPost({
    step: run.step,
    name: `Post ${run.displayName}`,
    condition: "always()",
    async run(outer) {
      for (const { post, context } of posts.toReversed()) {
        if (!evaluateCondition(post.condition, context.expressionScope())) continue;
        const inner = outer.embed("__post", context.scope, context.inputs ?? {}, context.github.action_path ?? "");
        for (const [name, value] of context.env) inner.env.set(name, value);
        for (const [name, value] of context.state) inner.state.set(name, value);
        await post.run(inner);
        if (inner.failed || inner.commandFailed) outer.failed = true;
      }
    },
  });
}
