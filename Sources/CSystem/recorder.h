// What the tracer and the library that writes recordings have in common.
//
// The library is loaded only where a recording is asked for. It hands the tracer a table of
// functions; the path of a line writes into the library's block by itself.
#ifndef SWIFTTRACE_CSYSTEM_RECORDER_H
#define SWIFTTRACE_CSYSTEM_RECORDER_H

#include <stdint.h>
#include <stddef.h>
#include <time.h>

// Where the path of a line records it: memory of the block that is open. What is behind
// `next` is zero; an event's first byte is stored last.
typedef struct {
  uint8_t *_Nullable next;
  // As many bytes as an event may take, without its text, lie behind it.
  uint8_t *_Nullable end;
  // The lines that were recorded, ever.
  uint64_t lines;
  // The place of the line before.
  uint32_t previous;
} csystem_recording;

// Records a line that is not near the one before, and not far from it either: the first line of
// most functions that are called. By two bytes, as `Opcode.middleLine` has it.
static inline int csystem_record_middle(csystem_recording *_Nonnull recording, uint32_t place) {
  int32_t difference = (int32_t)(place - recording->previous);
  uint32_t number = ((uint32_t)difference << 1 ^ (uint32_t)(difference >> 31)) - 0x80;
  uint8_t *next = recording->next;
  if (number >= 0x2000 || next >= recording->end) return 0;
  next[1] = (uint8_t)number;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  *next = (uint8_t)(0xa0 + (number >> 8));
  recording->next = next + 2;
  recording->previous = place;
  recording->lines++;
  return 1;
}

// Records a line that is near the one before; 0 if it is not, or if the block is full.
static inline int csystem_record(csystem_recording *_Nonnull recording, uint32_t place) {
  int32_t difference = (int32_t)(place - recording->previous);
  uint32_t number = (uint32_t)difference << 1 ^ (uint32_t)(difference >> 31);
  uint8_t *next = recording->next;
  if (number >= 0x80 || next >= recording->end) return 0;
  *next = (uint8_t)(0x20 + number);
  recording->next = next + 1;
  recording->previous = place;
  recording->lines++;
  return 1;
}

typedef struct {
  const uint8_t *_Nullable start;
  size_t count;
} csystem_bytes;

// What a recording is written to.
typedef struct {
  void *_Nonnull context;
  // Memory of a block of zeros at this offset, which is no further than the file's end; NULL if
  // there is none.
  void *_Nullable (*_Nonnull take)(void *_Nonnull context, size_t offset);
  void (*_Nonnull give_back)(void *_Nonnull context, void *_Nonnull block);
  // Makes the file shorter. No block beyond that is in memory.
  void (*_Nonnull cut)(void *_Nonnull context, size_t length);
} csystem_recording_file;

// The events that have at most two numbers.
typedef enum {
  CSYSTEM_LINE,  // of a place, also one that is not near the one before
  CSYSTEM_CALL,  // of a code object
  CSYSTEM_RESUME,  // of a code object, and of an activation
  CSYSTEM_RETURN,
  CSYSTEM_YIELD,  // of an activation
  CSYSTEM_RAISE,
  CSYSTEM_CAUGHT,
  CSYSTEM_UNWIND,
  CSYSTEM_THREAD,  // another one runs from here on
  CSYSTEM_FINISH,  // the exit status + 1; 0: it is not known
} csystem_event;

// The texts.
typedef enum {
  CSYSTEM_TEXT,  // between lines
  CSYSTEM_NOTE,  // at a place, indented as it is, or by so many spaces
  CSYSTEM_SPELLED_LINE,  // of a place, as it is printed
  CSYSTEM_SPELLED_NOTE,
  CSYSTEM_LABEL,  // what the lines of the thread carry from here on
  CSYSTEM_THREAD_NAME,
} csystem_text;

enum { CSYSTEM_RECORDER_VERSION = 3 };

// Of the capsule that has a `csystem_recorder`.
static inline const char *_Nonnull csystem_recorder_name(void) { return "swifttrace.recorder"; }

// What the library has for the tracer. The functions return 0 where nothing more can be
// written; numbers of files, places and code objects are from 1 on.
typedef struct {
  uint32_t version;
  // Whether the tracer has taken it; it frees it then.
  uint32_t is_taken;
  // Whether `renew` should be called before the next line.
  uint32_t is_full;
  // Whether the file is removed if the process ends with status 0.
  uint32_t keeps_failed;
  void *_Nonnull context;
  // Another one after each `begin`.
  csystem_recording *_Nonnull recording;
  // Begins a recording in an empty file; one that was begun before a fork is forgotten.
  int (*_Nonnull begin)(void *_Nonnull context, csystem_recording_file file, uint32_t crosses);
  // Files, places and code objects are to be defined anew from here on.
  void (*_Nonnull renew)(void *_Nonnull context);
  uint32_t (*_Nonnull file)(
      void *_Nonnull context, csystem_bytes name, csystem_bytes path, csystem_bytes source);
  // Without a text there is no source.
  uint32_t (*_Nonnull place)(
      void *_Nonnull context, uint32_t file, uint64_t line, csystem_bytes text);
  uint32_t (*_Nonnull code)(
      void *_Nonnull context, uint32_t file, uint64_t line, csystem_bytes name);
  int (*_Nonnull event)(
      void *_Nonnull context, csystem_event event, uint64_t first, uint64_t second);
  // `indentation` is one more than the spaces; 0: as the place is.
  int (*_Nonnull text)(
      void *_Nonnull context, csystem_text kind, csystem_bytes text, uint32_t place,
      uint32_t indentation);
  // What comes after it may be taken back.
  void (*_Nonnull mark)(void *_Nonnull context);
  // Takes back what came after the mark, if it is no more than so many lines.
  void (*_Nonnull take_back)(void *_Nonnull context, uint64_t most);
  void (*_Nonnull close)(void *_Nonnull context);
  void (*_Nonnull free)(void *_Nonnull context);
} csystem_recorder;

static inline uint64_t csystem_nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline uint64_t csystem_monotonic(void) { return csystem_nanoseconds(CLOCK_MONOTONIC); }
static inline uint64_t csystem_wall_clock(void) { return csystem_nanoseconds(CLOCK_REALTIME); }

#endif
