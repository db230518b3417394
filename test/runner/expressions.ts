import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { truthy } from "@actions/expressions/result";
import { splitTemplate, type Template, type TemplateMap } from "./template.ts";

/** Anything JSON; what the contexts of an expression are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What an expression can see. Contexts that are not here (`needs`, `strategy`, `vars`) are an error. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  /** Of the job, or of the composite action around the step. */
  readonly status: "success" | "failure" | "cancelled";
}

const STATUS_FUNCTIONS = ["always", "success", "failure", "cancelled"] as const;

/**
 * Evaluates one expression, without its `${{ }}`, by GitHub's own parser and evaluator.
 * @throws Error for a syntax error, and for a context or function that this runner does not have.
 */
function evaluate(expression: string, scope: Scope): data.ExpressionData {
  const functions = [
    ...STATUS_FUNCTIONS.map((name) => ({
      name,
      minArgs: 0,
      maxArgs: 0,
      call: () => new data.BooleanData(name === "always" || name === scope.status),
    })),
    {
      name: "hashfiles",
      minArgs: 1,
      maxArgs: 255,
      call: (): data.ExpressionData => {
        throw new Error("hashFiles() is not supported by the test runner");
      },
    },
  ];
  try {
    const { tokens } = new Lexer(expression).lex();
    const tree = new Parser(tokens, Object.keys(scope.contexts), functions).parse();
    return new Evaluator(tree, toData(scope.contexts), new Map(functions.map((one) => [one.name, one]))).evaluate();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The expression '${expression}' cannot be evaluated by the test runner: ${reason} ` +
        `(contexts it has: ${Object.keys(scope.contexts).sort().join(", ")})`,
      { cause: error },
    );
  }
}

/** The template's value as the text that an environment variable or an input gets. */
export function evaluateText(template: Template | undefined, scope: Scope): string {
  if (template === undefined || template === null) return "";
  if (typeof template !== "string" || !template.includes("${{")) return String(template);
  let text = "";
  for (const part of splitTemplate(template)) {
    if ("literal" in part) {
      text += part.literal;
      continue;
    }
    const value = evaluate(part.expression, scope);
    if (!value.primitive)
      throw new Error(`The expression '${part.expression}' gives ${data.Kind[value.kind]}, not text`);
    text += value.coerceString();
  }
  return text;
}

/** For `if`, `pre-if` and `post-if`: an expression with or without its `${{ }}`. */
export function evaluateCondition(expression: string, scope: Scope): boolean {
  return truthy(evaluate(expression, scope));
}

/** For `continue-on-error`. */
export function evaluateFlag(template: Template | undefined, scope: Scope): boolean {
  return evaluateText(template, scope) === "true";
}

/** For `timeout-minutes`: whole minutes, 0 for none. */
export function evaluateMinutes(template: Template | undefined, scope: Scope): number {
  const minutes = Number(evaluateText(template, scope));
  return Number.isFinite(minutes) ? Math.trunc(minutes) : 0;
}

export function evaluateMap(map: TemplateMap, scope: Scope): [key: string, value: string][] {
  return map.map(([key, template]) => [key, evaluateText(template, scope)]);
}

function toData(contexts: Readonly<Record<string, Json>>): data.Dictionary {
  const dictionary = new data.Dictionary();
  for (const [name, value] of Object.entries(contexts)) dictionary.add(name, toExpressionData(value));
  return dictionary;
}

function toExpressionData(value: Json): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (isArray(value)) return new data.Array(...value.map(toExpressionData));
  return toData(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
