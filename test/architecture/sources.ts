import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the root, with `/`: `src/std/nearest.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** What a file imports, re-exports, or imports while running. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** Path from the root of a file of ours; `null`: a package or a part of Node. */
  readonly file: string | null;
}

/** Every TypeScript file below a folder of the project. */
export function sourcesBelow(folder: 'src' | 'test'): readonly Source[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/');
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true) };
    })
    .sort((one, other) => one.path.localeCompare(other.path));
}

export function importsOf(source: Source): readonly Import[] {
  const imports: Import[] = [];
  forEachNode(source.tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier === null) return;
    const file = specifier.startsWith('.') ? resolve(ROOT, dirname(source.path), specifier) : null;
    const fromRoot = file === null ? null : relative(ROOT, file).split(sep).join('/');
    imports.push({ specifier, typeOnly: isTypeOnly(node), file: fromRoot });
  });
  return imports;
}

/** The name of the package that a specifier is in: `zod` of `zod/v4`, `@a/b` of `@a/b/c`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

export function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** `path:line` of a node, as editors link it. */
export function placeOf(source: Source, node: ts.Node): string {
  return `${source.path}:${source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

export function forEachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => forEachNode(child, visit));
}

/** Whether a string is the name of a module, not a value of the program. */
export function isSpecifier(node: ts.StringLiteralLike): boolean {
  return (
    specifierOf(node.parent) === node.text ||
    (ts.isLiteralTypeNode(node.parent) && ts.isImportTypeNode(node.parent.parent))
  );
}

function specifierOf(node: ts.Node): string | null {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : null;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return node.argument.literal.text;
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return null;
  const [argument] = node.arguments;
  return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : null;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isExportDeclaration(node) && node.isTypeOnly;
}
