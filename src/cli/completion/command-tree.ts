import type { Argument, Command, Option } from 'commander';
import type { ValueKind } from './value-kinds.ts';

/** A command as completions see it. */
export interface CommandShape {
  /** The words after the program's name: `profile use`; empty for the program itself. */
  readonly place: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  readonly args: readonly ArgumentShape[];
  readonly commands: readonly CommandShape[];
}

export interface OptionShape {
  /** As they are typed: `-n`, `--lines`. */
  readonly short: string | null;
  readonly long: string | null;
  readonly description: string;
  /** `null`: it takes none. */
  readonly value: ValueShape | null;
}

export interface ArgumentShape {
  readonly name: string;
  readonly value: ValueShape;
  /** Any number of words from here on. */
  readonly variadic: boolean;
}

/** What a value can be; `free`: nothing can be offered. */
export type ValueShape =
  | { readonly kind: 'choices'; readonly name: string; readonly choices: readonly string[] }
  | { readonly kind: 'dynamic'; readonly name: string; readonly values: ValueKind }
  | { readonly kind: 'files'; readonly name: string }
  | { readonly kind: 'folders'; readonly name: string }
  | { readonly kind: 'free'; readonly name: string };

/** By what a value is called in the help. */
const DYNAMIC: ReadonlyMap<string, ValueKind> = new Map([
  ['model', 'models'],
  ['profile', 'profiles'],
  ['provider', 'providers'],
  ['key', 'keys'],
]);
/** Where not every one will do: a key of which nothing is stored cannot be removed. */
const DYNAMIC_AT: ReadonlyMap<string, ValueKind> = new Map([
  ['key remove <key>', 'removable_keys'],
  ['auth remove <provider>', 'stored_accounts'],
  ['auth test <provider>', 'testable_accounts'],
]);
const FILES = ['file', 'path'];
const FOLDERS = ['folder', 'directory', 'dir'];

/** The tree of what can be typed; what the help hides is not in it. */
export function commandTree(program: Command): CommandShape {
  return shapeOf(program, '');
}

/** The command and all below it. */
export function everyCommand(shape: CommandShape): CommandShape[] {
  return [shape, ...shape.commands.flatMap(everyCommand)];
}

function shapeOf(command: Command, place: string): CommandShape {
  const help = command.createHelp();
  // The one `help` of the program knows all commands; those of the commands below would say the same.
  const children = help.visibleCommands(command).filter((child) => place === '' || child.name() !== 'help');
  const below = (child: Command): string => (place === '' ? child.name() : `${place} ${child.name()}`);
  const names = children.map((child) => child.name());
  return {
    place,
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionShape),
    args: command.registeredArguments.map((argument) => argumentShape(argument, place)),
    commands: children.map((child) =>
      child.name() === 'help' ? helpShape(child, below(child), names) : shapeOf(child, below(child)),
    ),
  };
}

/** `llmgw help COMMAND`. */
function helpShape(command: Command, place: string, names: readonly string[]): CommandShape {
  const choices = names.filter((name) => name !== command.name());
  const value: ValueShape = { kind: 'choices', name: 'command', choices };
  const args = [{ name: 'command', value, variadic: false }];
  return { place, name: command.name(), description: command.description(), options: [], args, commands: [] };
}

function argumentShape(argument: Argument, place: string): ArgumentShape {
  // `provider[:name]` is a provider to begin with.
  const name = /^[a-z-]+/i.exec(argument.name())?.[0] ?? 'value';
  const values = DYNAMIC_AT.get(`${place} <${name}>`);
  const value: ValueShape =
    values === undefined ? valueShape(name, argument.argChoices) : { kind: 'dynamic', name, values };
  return { name, value, variadic: argument.variadic };
}

function optionShape(option: Option): OptionShape {
  const { short = null, long = null, description, flags } = option;
  // An optional value is typed with `=`, so that the next word is not taken for it.
  const takesValue = option.required;
  const named = /<([^>.]+)/.exec(flags)?.[1] ?? 'value';
  // What an option is called says more than what its value is called: `--profile <name>`.
  const name = DYNAMIC.has(option.name()) ? option.name() : named;
  return { short, long, description, value: takesValue ? valueShape(name, option.argChoices) : null };
}

function valueShape(name: string, choices: readonly string[] | undefined): ValueShape {
  if (choices !== undefined) return { kind: 'choices', name, choices };
  const values = DYNAMIC.get(name);
  if (values !== undefined) return { kind: 'dynamic', name, values };
  if (FILES.includes(name)) return { kind: 'files', name };
  return { kind: FOLDERS.includes(name) ? 'folders' : 'free', name };
}
