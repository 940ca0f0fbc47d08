// http/cli/main.cpp - the program `hansard`.
#include "http/cli/verbs.hpp"

int main(int argc, char** argv) { return hansard::cli::run(argc, argv); }
