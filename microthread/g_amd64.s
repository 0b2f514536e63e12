#include "textflag.h"

// func currentG() uintptr
TEXT ·currentG(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET

// func currentPanic() uintptr
TEXT ·currentPanic(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ 32(AX), AX
	MOVQ AX, ret+0(FP)
	RET
