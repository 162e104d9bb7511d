// The commands of aciwatch: each adds its subcommand and sets the exit code when it ran.
#pragma once

namespace CLI {
class App;
}

namespace aciwatch {

void add_demo(CLI::App& app, int& code);
void add_run(CLI::App& app, int& code);
void add_tail(CLI::App& app, int& code);
void add_get(CLI::App& app, int& code);
void add_write(CLI::App& app, int& code);  // set, delete
void add_record(CLI::App& app, int& code);
void add_status(CLI::App& app, int& code);
void add_config(CLI::App& app, int& code);  // check, explain, send-test

}  // namespace aciwatch
