#include "textflag.h"

// func callerPC() uintptr
//
// BP points at the frame of the function that called callerPC, because neither this
// function nor the wrapper through which Go calls assembly has set up one. Above it stands
// that function's return address, which is wanted.
TEXT ·callerPC(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ 8(BP), AX
	MOVQ AX, ret+0(FP)
	RET
