// The program's entry; all else of it is in the archive.
#include "main.h"

int main(int count, char** words) {
  return gatehouse::sim::run_command(count, words);
}
