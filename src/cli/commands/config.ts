import { Command } from 'commander';
import type { ConfigReport } from '../config/check.ts';

interface ConfigFlags {
  readonly config?: string;
  readonly json?: true;
  readonly force?: true;
}

const WRONG_CONFIG = 5;

export function configCommand(): Command {
  return new Command('config')
    .description('the config file: write, find, show, check, edit and import it')
    .addCommand(initCommand())
    .addCommand(pathCommand())
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addCommand(editCommand())
    .addCommand(importCommand())
    .addCommand(schemaCommand());
}

function initCommand(): Command {
  return withFile(new Command('init'))
    .description('write a commented file to start from, and the schema that editors check it with')
    .option('--force', 'even where there is one, which is kept beside it')
    .action(async ({ config, force }: ConfigFlags) => {
      const [{ initConfig }, { renderInitialised }] = await Promise.all([
        import('../config/init.ts'),
        import('../render/config.ts'),
      ]);
      process.stdout.write(renderInitialised(initConfig(config, force === true)));
    });
}

function pathCommand(): Command {
  return withFile(new Command('path'))
    .description('print where the file is, or would be')
    .option('--json', 'as JSON')
    .action(async ({ config, json }: ConfigFlags) => {
      const [{ configFile }, { findOurDaemon }, { findPlaces }, { pathNotes }] = await Promise.all([
        import('../config/place.ts'),
        import('../our-daemon.ts'),
        import('../../std/places.ts'),
        import('../render/config.ts'),
      ]);
      const { path, exists } = configFile(config);
      const found = await findOurDaemon(findPlaces());
      const daemon = found === null ? null : { file: found.status.config.file };
      if (json === true) {
        printJson({ file: path, exists, daemon });
        return;
      }
      // The path alone on standard output, so that a script can use it.
      process.stdout.write(`${path}\n`);
      for (const note of pathNotes({ file: path, exists, daemon })) process.stderr.write(`llmgw: ${note}\n`);
    });
}

function showCommand(): Command {
  return withFile(new Command('show'))
    .description('print what the file amounts to, with every default filled in and no key')
    .option('--json', 'as JSON')
    .action(async ({ config, json }: ConfigFlags) => {
      const [{ readConfig, settingsOf }, { asYaml, effectiveConfig }, { loadOptions }] = await Promise.all([
        import('../../config/load.ts'),
        import('../../config/effective.ts'),
        import('../config/place.ts'),
      ]);
      const options = loadOptions(config);
      const text = readConfig(options);
      const { settings, warnings, nativeText } = settingsOf(text, options.env);
      const shown = effectiveConfig(settings, nativeText);
      if (json === true) {
        printJson({ file: settings.file, config: shown, warnings });
        return;
      }
      process.stdout.write(`# ${settings.file ?? 'No file'}, with every default filled in\n${asYaml(shown)}`);
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description('tell what is wrong with the file, and where')
    .argument('[file]', 'another file than the one in its place')
    .option('--json', 'as JSON')
    .action(async (file: string | undefined, { json }: ConfigFlags) => {
      const { checkConfigFully } = await import('../config/check.ts');
      const report = await checkConfigFully(file);
      const ok = report.problems.length === 0;
      if (json === true) {
        const problems = report.problems.map((problem) => ({ ...problem, nearest: problem.nearest ?? null }));
        const keys = report.keys.map(({ line, column, path, account }) => ({ line, column, path, account }));
        printJson({ ok, ...report, problems, keys });
      } else {
        const [{ renderFullReport }, { findTerminal }] = await Promise.all([
          import('../render/config-report.ts'),
          import('../render/terminal.ts'),
        ]);
        process.stdout.write(renderFullReport(report, findTerminal()));
        const isSomebodyThere = process.stdin.isTTY && process.stdout.isTTY;
        if (isSomebodyThere && report.keys.some(({ account }) => account !== null)) {
          const { offerKeychain } = await import('../config/offer-keychain.ts');
          await offerKeychain(report.file, report.keys);
        }
      }
      if (!ok) process.exitCode = WRONG_CONFIG;
    });
}

function editCommand(): Command {
  return withFile(new Command('edit'))
    .description('open the file in $VISUAL or $EDITOR, and check it afterwards')
    .action(async ({ config }: ConfigFlags) => {
      const [{ askToEditAgain, editUntilGood, findEditor, runEditor }, { checkConfig }, { initConfig }, place, report] =
        await Promise.all([
          import('../config/edit.ts'),
          import('../config/check.ts'),
          import('../config/init.ts'),
          import('../config/place.ts'),
          reportPrinter(),
        ]);
      const editor = findEditor(process.env, process.platform);
      const { path, exists } = place.configFile(config);
      if (exists) place.keepSchemaBeside(path);
      else initConfig(config, false);
      const someoneThere = process.stdin.isTTY && process.stdout.isTTY;
      const last = await editUntilGood({
        edit: () => runEditor(editor, path, process.platform),
        check: () => checkConfig(path),
        show: report,
        askAgain: someoneThere ? () => askToEditAgain(process.stdin, process.stdout) : null,
      });
      if (last.problems.length === 0) return;
      const { KEPT_IN_FORCE } = await import('../render/config.ts');
      process.stdout.write(KEPT_IN_FORCE);
      process.exitCode = WRONG_CONFIG;
    });
}

function importCommand(): Command {
  return new Command('import')
    .description("write LiteLLM's config file in llmgw's own form, with comments")
    .argument('<file>', "LiteLLM's file")
    .option('--out <file>', 'where to write it (default: to standard output)')
    .option('--force', 'even where there is a file')
    .action(async (file: string, { out, force }: { out?: string; force?: true }) => {
      const { importedConfig, writeImported } = await import('../config/import.ts');
      const text = importedConfig(file, process.env);
      if (out === undefined) process.stdout.write(text);
      else process.stdout.write(`Wrote ${writeImported(text, out, force === true)}.\n`);
    });
}

function schemaCommand(): Command {
  return new Command('schema').description('print the JSON Schema of the file, for editors').action(async () => {
    const { schemaText } = await import('../config/place.ts');
    process.stdout.write(schemaText());
  });
}

function withFile(command: Command): Command {
  return command.option('--config <file>', 'config file (default: config.yaml in the config folder)');
}

async function reportPrinter(): Promise<(report: ConfigReport) => void> {
  const [{ renderReport }, { findTerminal }] = await Promise.all([
    import('../render/config.ts'),
    import('../render/terminal.ts'),
  ]);
  return (report) => void process.stdout.write(renderReport(report, findTerminal()));
}

function printJson(document: object): void {
  process.stdout.write(`${JSON.stringify({ v: 1, ...document }, null, 2)}\n`);
}
